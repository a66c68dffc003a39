import type { BootExpression, BootProblem } from './expression.ts';
import { nearest } from '../lib/nearest.ts';
import { SPECIAL_KEYS } from './keys.ts';

/** Words in angle brackets; waits may hold digits, dots and signs. Longer things are markup, not keys. */
const WORD = /<(\/?[A-Za-z][A-Za-z0-9µ.-]{0,24})>/g;

/** Warnings for the `<words>` of `text` that were parsed as plain characters. */
export function unknownKeys(text: string, expressions: readonly BootExpression[]): BootProblem[] {
  const typed = new Set(expressions.filter((one) => one.type === 'character').map((one) => one.offset));
  return [...text.matchAll(WORD)]
    .filter((match) => typed.has(match.index) && typed.has(match.index + 1))
    .map(({ 0: word, 1: name = '', index: offset }) => {
      const suggestion = suggest(name);
      const remedy = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
      return {
        severity: 'warning' as const,
        code: 'unknown-key' as const,
        text: word,
        message: `${word} is not a key or a wait, so it is typed as text, character by character.${remedy}`,
        ...(suggestion === undefined ? {} : { suggestion }),
        offset,
        length: word.length,
      };
    });
}

function suggest(name: string): string | undefined {
  const word = name.toLowerCase();
  if (word.startsWith('wait')) return suggestWait(word.slice('wait'.length));
  const synonym = SYNONYMS.get(word);
  if (synonym !== undefined) return `<${synonym}>`;
  const [, stem = '', action = ''] = /^(.*?)(on|off)?$/.exec(word) ?? [];
  const key = stem.length < 3 ? undefined : nearest(stem, SPECIAL_KEYS);
  if (key === undefined) return undefined;
  return `<${key}${action === '' ? '' : action === 'on' ? 'On' : 'Off'}>`;
}

const SYNONYMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    space: 'spacebar',
    backspace: 'bs',
    delete: 'del',
    escape: 'esc',
    ret: 'return',
    cr: 'enter',
    pgup: 'pageUp',
    pgdn: 'pageDown',
    pgdown: 'pageDown',
    ins: 'insert',
    ctrl: 'leftCtrl',
    alt: 'leftAlt',
    shift: 'leftShift',
    ctrlon: 'leftCtrlOn',
    ctrloff: 'leftCtrlOff',
    alton: 'leftAltOn',
    altoff: 'leftAltOff',
    shifton: 'leftShiftOn',
    shiftoff: 'leftShiftOff',
  }),
);

function suggestWait(amount: string): string {
  const [, number = '', unit = ''] = /^-?0*([0-9]+(?:\.[0-9]+)?)?(ns|us|µs|ms|s|m|h)?/.exec(amount) ?? [];
  return `<wait${number}${unit === '' && number.includes('.') ? 's' : unit}>`;
}
