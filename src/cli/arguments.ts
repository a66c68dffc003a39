import type { Command, Flag } from './command.ts';
import { nearest } from '../lib/nearest.ts';

/** What the words after the command's name mean. */
export interface Arguments {
  readonly command: Command;
  readonly operands: readonly string[];
  /** `-machine-readable`, which may stand anywhere on the command line. */
  readonly machineReadable: boolean;
  /** Whether the flag was given at all. */
  given(name: string): boolean;
  /** A switch's state. */
  on(name: string): boolean;
  /** The value of a `text` or `choice` flag: the last one given, or its default. */
  text(name: string): string | undefined;
  number(name: string): number;
  /** The values of a `list` or `names` flag, in the order given. */
  all(name: string): readonly string[];
}

export type Parsed =
  | { readonly kind: 'arguments'; readonly args: Arguments }
  | { readonly kind: 'help' }
  /** `message`: what is wrong, in full sentences. */
  | { readonly kind: 'mistake'; readonly message: string };

/**
 * Parses the words after the command's name by the rules of Go's package flag, which is what scripts written for Packer
 * rely on: `-f` is `--f`; `-f=v` or `-f v`; a switch takes a value only as `-f=false`; flags end at the first operand or `--`.
 */
export function parseArguments(command: Command, words: readonly string[], machineReadable: boolean): Parsed {
  const values = new Map<string, string[]>();
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index]!;
    if (word.length < 2 || !word.startsWith('-')) break;
    if (word === '--') {
      index++;
      break;
    }
    const flagText = word.slice(word.startsWith('--') ? 2 : 1);
    if (/^(-|=|$)/.test(flagText)) return mistake(`"${word}" is not a flag.`);
    const equals = flagText.indexOf('=');
    const name = equals < 0 ? flagText : flagText.slice(0, equals);
    const flag = command.flags.find((candidate) => candidate.name === name);
    if (!flag) {
      if (name === 'h' || name === 'help') return { kind: 'help' };
      return mistake(unknownFlag(command, name));
    }
    let value: string;
    if (equals >= 0) value = flagText.slice(equals + 1);
    else if (flag.kind === 'switch') value = 'true';
    else if (index + 1 < words.length) value = words[++index]!;
    else return mistake(`The flag -${name} needs a value: -${name}=${flag.value ?? 'VALUE'}.`);
    const checked = check(flag, value);
    if (typeof checked !== 'string') return mistake(checked.message);
    values.set(name, [...(values.get(name) ?? []), checked]);
  }
  const operands = words.slice(index);
  const wrong = checkOperands(command, operands);
  if (wrong !== undefined) return mistake(wrong);
  return { kind: 'arguments', args: accessors(command, operands, machineReadable, values) };
}

function mistake(message: string): Parsed {
  return { kind: 'mistake', message };
}

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** The value as it is kept, or what is wrong with it. */
function check(flag: Flag, value: string): string | { message: string } {
  switch (flag.kind) {
    case 'switch':
      if (TRUE.has(value)) return 'true';
      if (FALSE.has(value)) return 'false';
      return {
        message: `The flag -${flag.name} is either on or off: -${flag.name} or -${flag.name}=false, not "${value}".`,
      };
    case 'number':
      if (/^-?\d{1,9}$/.test(value)) return value;
      return { message: `The flag -${flag.name} takes a whole number, not "${value}".` };
    case 'choice':
      if (flag.choices?.includes(value)) return value;
      return { message: `The flag -${flag.name} takes one of ${flag.choices?.join(', ')}; not "${value}".` };
    case 'text':
    case 'list':
    case 'names':
      return value;
  }
}

function unknownFlag(command: Command, name: string): string {
  const near = nearest(
    name,
    command.flags.map((flag) => flag.name),
  );
  return `\`vmm-hcl ${command.name}\` has no flag -${name}.${near === undefined ? '' : ` Did you mean -${near}?`}`;
}

function checkOperands(command: Command, operands: readonly string[]): string | undefined {
  const { operand } = command;
  const late = operands.slice(1).find((word) => word.length > 1 && word.startsWith('-'));
  if (late !== undefined && operand !== undefined) {
    return `The flag ${late} stands after "${operands[0]}". Flags come first: vmm-hcl ${command.name} ${late} … ${operands[0]}.`;
  }
  if (operand === undefined) {
    return operands.length === 0
      ? undefined
      : `\`vmm-hcl ${command.name}\` takes no operand, but got "${operands[0]}".`;
  }
  if (operands.length < operand.min) return operand.help;
  if (operand.max === 1 && operands.length > 1) {
    return `\`vmm-hcl ${command.name}\` takes one ${operand.name}, but got ${operands.length}: ${operands.join(' ')}.`;
  }
  return undefined;
}

function accessors(
  command: Command,
  operands: readonly string[],
  machineReadable: boolean,
  values: ReadonlyMap<string, readonly string[]>,
): Arguments {
  const last = (name: string): string | undefined =>
    values.get(name)?.at(-1) ?? command.flags.find((flag) => flag.name === name)?.default;
  return {
    command,
    operands,
    machineReadable,
    given: (name) => values.has(name),
    on: (name) => last(name) === 'true',
    text: last,
    number: (name) => Number(last(name) ?? 0),
    all(name) {
      const given = values.get(name) ?? [];
      const split = command.flags.find((flag) => flag.name === name)?.kind === 'names';
      return split ? given.flatMap((value) => value.split(',')).filter((value) => value !== '') : given;
    },
  };
}
