import type { Command } from './command.ts';

/** The command line in short: `vmm-hcl build [flags] TEMPLATE`. */
export function usageLine(command: Command): string {
  const words = ['vmm-hcl', command.name];
  if (command.flags.length > 0) words.push('[flags]');
  if (command.operand) {
    const { name, min, max } = command.operand;
    const word = max === 'any' ? `${name}...` : name;
    words.push(min === 0 ? `[${word}]` : word);
  }
  return words.join(' ');
}
