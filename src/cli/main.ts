import type { Command } from './command.ts';
import type { Io } from './io.ts';
import { parseArguments } from './arguments.ts';
import { COMMANDS } from './commands.ts';

/** Packer's status for a missing or unknown command. */
const NO_COMMAND = 127;

/**
 * Runs one command line (without `node` and the script's name) and resolves with the exit status.
 * Never throws: a bug is reported as one.
 */
export async function main(words: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(words, io);
  } catch (error) {
    const { reportInternalError } = await import('./internal-error.ts');
    return reportInternalError(error, io);
  }
}

async function dispatch(allWords: readonly string[], io: Io): Promise<number> {
  // Packer takes this word out wherever it stands, and only in this spelling.
  const words = allWords.filter((word) => word !== '-machine-readable');
  const machineReadable = words.length < allWords.length;
  const [name, ...rest] = words;
  if (name === undefined) {
    const { writeOverview } = await import('./help.ts');
    await writeOverview(io.stderr);
    return NO_COMMAND;
  }
  const command = COMMANDS.find((candidate) => candidate.name === (ALIASES[name] ?? name));
  if (!command) return unknownCommand(name, io);
  const parsed = parseArguments(command, rest, machineReadable);
  switch (parsed.kind) {
    case 'arguments':
      warnOfIdleFlags(command, parsed.args.given, io);
      return (await command.load())(parsed.args, io);
    case 'help': {
      const { writeHelp } = await import('./help.ts');
      await writeHelp(command, io.stdout);
      return 0;
    }
    case 'mistake': {
      const { usageLine } = await import('./usage.ts');
      io.stderr.write(
        `${parsed.message}\n\nUsage: ${usageLine(command)}\nMore: vmm-hcl help ${command.name}\n`,
      );
      return 1;
    }
  }
}

const ALIASES: Readonly<Record<string, string>> = {
  '-v': 'version',
  '-version': 'version',
  '--version': 'version',
  '-h': 'help',
  '-help': 'help',
  '--help': 'help',
};

/** Commands of Packer that have no counterpart here, with what to do instead. */
const NOT_HERE: Readonly<Record<string, string>> = {
  plugins: 'There are no plugins: everything that vmm-hcl can run is built in.',
  plugin: 'There are no plugins: everything that vmm-hcl can run is built in.',
  hcl2_upgrade: 'Legacy JSON templates cannot be converted yet; `packer hcl2_upgrade` can do it.',
  fix: 'Legacy JSON templates cannot be repaired yet; `packer fix` can do it.',
};

async function unknownCommand(name: string, io: Io): Promise<number> {
  const { nearest } = await import('../lib/nearest.ts');
  const near = nearest(
    name,
    COMMANDS.map((command) => command.name),
  );
  const advice = Object.hasOwn(NOT_HERE, name)
    ? NOT_HERE[name]
    : near !== undefined
      ? `Did you mean \`vmm-hcl ${near}\`?`
      : '';
  io.stderr.write(`vmm-hcl has no command "${name}". ${advice}`.trimEnd() + '\n\n');
  const { writeOverview } = await import('./help.ts');
  await writeOverview(io.stderr);
  return NO_COMMAND;
}

function warnOfIdleFlags(command: Command, given: (name: string) => boolean, io: Io): void {
  for (const flag of command.flags) {
    if (flag.noEffect !== undefined && given(flag.name)) {
      io.stderr.write(`Note: -${flag.name} does nothing: ${flag.noEffect}.\n`);
    }
  }
}
