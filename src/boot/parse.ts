import { parseDuration } from '../lib/duration.ts';
import type { BootCommand, BootExpression, BootProblem, KeyAction } from './expression.ts';
import { isSpecialKey } from './keys.ts';
import { unknownKeys } from './unknown-keys.ts';

const NUMBER = String.raw`(?:0|[1-9][0-9]*)`;
const DURATION = String.raw`(?:-?${NUMBER}(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+`;
/** Only lower case; a number without a unit has no sign, no fraction, and no leading zero. Everything else is text. */
const WAIT = new RegExp(`<wait(?:(${DURATION})|(${NUMBER}))?>`, 'y');
const SPECIAL = /<([A-Za-z]+[0-9]{0,2}[A-Za-z]{0,3})>/y;

/**
 * Parses a boot command in Packer's grammar. The first rule that matches at a place wins:
 *
 *     wait    = "<wait" [ duration | integer ] ">"     1 s, a Go duration, or seconds
 *     toggle  = "<" character ( "On" | "Off" ) ">"
 *     special = "<" key [ "On" | "Off" ] ">"           names in any case, see SPECIAL_KEYS
 *     text    = character                              unknown `<words>` are text, not an error
 *
 * Never throws: what Packer refuses is in `problems`, as are words in `<>` that look like misspelt keys.
 */
export function parseBootCommand(text: string): BootCommand {
  const expressions: BootExpression[] = [];
  const problems: BootProblem[] = [];
  for (let offset = 0; offset < text.length;) {
    const special =
      text[offset] === '<' ? (waitAt(text, offset, problems) ?? keyAt(text, offset)) : undefined;
    const expression = special ?? characterAt(text, offset);
    expressions.push(expression);
    offset += expression.length;
  }
  problems.push(...unknownKeys(text, expressions));
  return { expressions, problems: problems.sort((a, b) => a.offset - b.offset) };
}

function waitAt(text: string, offset: number, problems: BootProblem[]): BootExpression | undefined {
  WAIT.lastIndex = offset;
  const match = WAIT.exec(text);
  if (match === null) return undefined;
  const [all, duration, seconds] = match;
  const place = { offset, length: all.length };
  // Packer takes 0 for "not given", so `<wait0>` is a second.
  if (duration === undefined)
    return { type: 'wait', milliseconds: (Number(seconds ?? 1) || 1) * 1000, ...place };
  const milliseconds = parseDuration(duration);
  if (milliseconds === undefined) {
    const message = `${all} is not a wait: "${duration}" is no duration. A minus sign may only stand at its start, and it must fit in 290 years.`;
    problems.push({ severity: 'error', code: 'wait-invalid', text: all, message, ...place });
  } else if (milliseconds <= 0) {
    const message = `${all} waits for no time: a wait must be longer than zero. Leave it out, or write for instance <wait500ms>.`;
    problems.push({ severity: 'error', code: 'wait-not-positive', text: all, message, ...place });
  }
  return { type: 'wait', milliseconds: Math.max(milliseconds ?? 0, 0), ...place };
}

function keyAt(text: string, offset: number): BootExpression | undefined {
  return toggleAt(text, offset) ?? specialAt(text, offset);
}

function toggleAt(text: string, offset: number): BootExpression | undefined {
  const code = text.codePointAt(offset + 1);
  if (code === undefined) return undefined;
  const character = String.fromCodePoint(code);
  const end = offset + 1 + character.length;
  const word = /^(on|off)>/i.exec(text.slice(end, end + 4))?.[1];
  if (word === undefined) return undefined;
  const length = 1 + character.length + word.length + 1;
  return { type: 'character', character, action: actionOf(word), offset, length };
}

function specialAt(text: string, offset: number): BootExpression | undefined {
  SPECIAL.lastIndex = offset;
  const [all = '', name = ''] = SPECIAL.exec(text) ?? [];
  const place = { offset, length: all.length };
  const word = name.toLowerCase();
  if (isSpecialKey(word)) return { type: 'special', key: word, action: 'press', ...place };
  const [, key = '', action = ''] = /^(.*?)(on|off)$/.exec(word) ?? [];
  return isSpecialKey(key) ? { type: 'special', key, action: actionOf(action), ...place } : undefined;
}

function characterAt(text: string, offset: number): BootExpression {
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  return { type: 'character', character, action: 'press', offset, length: character.length };
}

function actionOf(word: string): KeyAction {
  return word.toLowerCase() === 'on' ? 'on' : 'off';
}
