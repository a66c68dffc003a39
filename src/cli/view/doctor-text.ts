import type { Check, Remedy } from '../../doctor/check.ts';
import type { Style } from './style.ts';

/** What the states are called, in columns of one width. */
const LABELS = { ok: 'ok', warning: 'warning', failed: 'FAILED', unknown: 'unknown' } as const;
const INDENT = ' '.repeat(11);

/** The checks for people: those of the machine, those of each build, and their sum. */
export function doctorText(checks: readonly Check[], hypervisor: string, style: Style): string {
  const sections = [[`This machine, for builds with ${hypervisor}`, undefined] as const];
  const builds = [...new Set(checks.flatMap(({ build }) => build ?? []))];
  const all = [...sections, ...builds.map((build) => [`Build ${build}`, build] as const)];
  const texts = all.map(([title, build], index) => {
    const own = checks.filter((check) => check.build === build);
    return `${style.build(index, title, 'bold')}\n\n${own.map((check, at) => checkText(check, own[at - 1], style)).join('')}\n`;
  });
  return `${texts.join('')}${summary(checks, style)}`;
}

/** The same remedy is not told twice in a row. */
function checkText(
  { state, text, why, remedies = [] }: Check,
  previous: Check | undefined,
  style: Style,
): string {
  const label = LABELS[state].padEnd(INDENT.length - 2);
  const head = `  ${state === 'failed' ? style.error(label, 'bold') : label}`;
  const isRepeated = remedies.length > 0 && JSON.stringify(remedies) === JSON.stringify(previous?.remedies);
  const todo = isRepeated ? ['What is said above helps here, too.'] : remedies.map(remedyText);
  const rest = [why, ...todo].filter((part) => part !== undefined);
  return `${[head + indented(text), ...rest.map((part) => INDENT + indented(part))].join('\n')}\n`;
}

/** What to do, with its lines set off so that they can be copied. */
export function remedyText({ text, lines = [] }: Remedy): string {
  return [text, ...lines.map((line) => `    ${line}`)].join('\n');
}

function indented(text: string): string {
  return text.replaceAll('\n', `\n${INDENT}`);
}

function summary(checks: readonly Check[], style: Style): string {
  const count = (wanted: Check['state']) => checks.filter(({ state }) => state === wanted).length;
  const [failures, warnings, unknowns] = [count('failed'), count('warning'), count('unknown')];
  const rest = [
    warnings > 0 && `${warnings} warning${warnings === 1 ? '' : 's'}`,
    unknowns > 0 && `${unknowns} thing${unknowns === 1 ? '' : 's'} unknown`,
  ].filter((part) => part !== false);
  if (failures > 0) {
    const head = `${failures} of ${checks.length} checks failed`;
    return style.error(`${[head, ...rest].join(', ')}.`, 'bold');
  }
  if (rest.length > 0) return `No check failed; ${rest.join(', ')}.`;
  return `All ${checks.length} checks are fine.`;
}
