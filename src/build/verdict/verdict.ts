import type { Verdict } from '../result.ts';
import { ANSIBLE_RULES } from './ansible-rules.ts';
import { DISK_RULES } from './disk-rules.ts';
import type { Evidence, Rule } from './evidence.ts';
import { HTTP_RULES } from './http-rules.ts';
import { PROVISION_RULES } from './provision-rules.ts';
import { SSH_RULES } from './ssh-rules.ts';

/** The first that recognises the evidence wins: what was plainly said comes before what is concluded. */
export const RULES: readonly Rule[] = [
  ...DISK_RULES,
  ...HTTP_RULES,
  ...SSH_RULES,
  ...ANSIBLE_RULES,
  ...PROVISION_RULES,
];

/** The most probable cause of a failure and the next thing to try; undefined when no rule knows more than the failure itself says. */
export function verdictOf(evidence: Evidence): Verdict | undefined {
  for (const { name, judge } of RULES) {
    const judgement = judge(evidence);
    if (judgement !== undefined) return { rule: name, ...judgement };
  }
  return undefined;
}
