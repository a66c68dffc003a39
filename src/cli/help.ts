import type { Argv, Options } from 'yargs';
import type { Command, Flag } from './command.ts';
import type { Output } from './io.ts';
import { COMMANDS } from './commands.ts';
import { usageLine } from './usage.ts';

/** Widest text that is pleasant to read. */
const MAX_COLUMNS = 100;

/** Lists the commands. */
export async function writeOverview(out: Output): Promise<void> {
  const parser = (await blank(out)).usage(
    'Usage: vmm-hcl COMMAND [flags] [operand]\n\nBuilds machine images with OpenBSD’s vmm(4), or QEMU, from HashiCorp Packer templates.',
  );
  for (const command of COMMANDS) parser.command(command.name, command.summary);
  parser.epilogue('More on a command: vmm-hcl help COMMAND. The manual is vmm-hcl(1).');
  out.write(`${goSpelling(await parser.getHelp())}\n`);
}

/** Explains one command: what it does, its flags, exit statuses and examples. */
export async function writeHelp(command: Command, out: Output): Promise<void> {
  const parser = (await blank(out)).usage(
    [`Usage: ${usageLine(command)}`, `${command.summary}.`, ...command.description].join('\n\n'),
  );
  for (const flag of command.flags) parser.option(flag.name, optionOf(flag));
  for (const { status, meaning } of command.exit) parser.epilogue(`Exit status ${status}: ${meaning}`);
  for (const example of command.examples) parser.example(example, '');
  out.write(`${goSpelling(await parser.getHelp())}\n`);
}

async function blank(out: Output): Promise<Argv> {
  const { default: yargs } = await import('yargs');
  return yargs([]).scriptName('vmm-hcl').help(false).version(false).wrap(Math.min(out.columns, MAX_COLUMNS));
}

function optionOf(flag: Flag): Options {
  const description =
    flag.noEffect === undefined ? flag.help : `${flag.help} Does nothing: ${flag.noEffect}.`;
  return {
    description,
    type: flag.kind === 'switch' ? 'boolean' : flag.kind === 'number' ? 'number' : 'string',
    ...(flag.choices && { choices: flag.choices }),
    ...(flag.default !== undefined && flag.kind !== 'switch' && { defaultDescription: flag.default }),
  };
}

/** yargs shows flags with two dashes; ours, as Packer's, are shown with one. */
function goSpelling(help: string): string {
  return help.replaceAll(/^( +)--(?=[a-z])/gm, '$1 -');
}
