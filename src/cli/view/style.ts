import type { Arguments } from '../arguments.ts';
import type { Io, Output } from '../io.ts';

/** Colours of builds, in Packer's order: green, cyan, magenta, yellow, blue. Errors are red. */
const BUILD_COLORS = [32, 36, 35, 33, 34] as const;
const RED = 31;

/** Puts SGR sequences around text, or does not. */
export interface Style {
  readonly colored: boolean;
  /** The n-th build's colour. */
  build(index: number, text: string, weight: 'bold' | 'plain'): string;
  error(text: string, weight: 'bold' | 'plain'): string;
}

/**
 * Whether to colour what goes to `out`: as -color says when it is given, otherwise on terminals, unless NO_COLOR
 * (https://no-color.org), PACKER_NO_COLOR or TERM=dumb says no. Packer also colours files and pipes, which nobody wants there.
 */
export function wantsColor(args: Arguments, io: Io, out: Output): boolean {
  if (args.machineReadable) return false;
  if (args.given('color')) return args.on('color');
  const { NO_COLOR, PACKER_NO_COLOR, TERM } = io.env;
  return out.isTerminal && !NO_COLOR && PACKER_NO_COLOR === undefined && TERM !== 'dumb';
}

export function styleOf(colored: boolean): Style {
  const paint = (color: number, text: string, weight: 'bold' | 'plain'): string =>
    colored ? `\u001b[${weight === 'bold' ? 1 : 0};${color}m${text}\u001b[0m` : text;
  return {
    colored,
    build: (index, text, weight) => paint(BUILD_COLORS[index % BUILD_COLORS.length]!, text, weight),
    error: (text, weight) => paint(RED, text, weight),
  };
}
