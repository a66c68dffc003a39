import { socketFolder } from '../../build/console/protocol.ts';
import type { Greeting } from '../../build/console/protocol.ts';
import type { Run } from '../command.ts';
import { runningBuilds } from '../terminal/running-builds.ts';
import type { RunningBuild } from '../terminal/running-builds.ts';
import { useConsole } from '../terminal/use-console.ts';

/** `vmm-hcl attach [-write] [BUILD]`. */
export const run: Run = async (args, io) => {
  const [wanted] = args.operands;
  let builds: readonly RunningBuild[];
  try {
    builds = await runningBuilds(socketFolder(io.env));
  } catch (error) {
    io.stderr.write(`Running builds cannot be looked for: ${(error as Error).message}.\n`);
    return 1;
  }
  const interrupt = new AbortController();
  const stopListening = io.onSignal(() => interrupt.abort());
  try {
    const matching = builds.filter(({ greeting }) => wanted === undefined || isNamed(greeting, wanted));
    const [build] = matching;
    if (build === undefined || matching.length > 1) {
      io.stderr.write(whichOne(builds, matching, wanted));
      return 1;
    }
    // Nobody watches the others, and what they print would be kept for somebody who does.
    for (const other of builds) if (other !== build) other.close();
    const keys = args.on('write');
    const { build: name, machine } = build.greeting;
    io.stderr.write(`Console of ${machine}, build '${name}'. ${howToLeave(keys)}\n`);
    const { stdin: input, stdout: output } = io;
    const how = await useConsole(build, { input, output, keys, signal: interrupt.signal });
    if (how === 'left') io.stderr.write(`Left the console; build '${name}' goes on.\n`);
    else io.stderr.write(`${(await build.ended) ?? `Build '${name}' has ended: its process is gone.`}\n`);
    return 0;
  } finally {
    for (const build of builds) build.close();
    stopListening();
  }
};

function howToLeave(keys: boolean): string {
  return keys ? 'Your keys go to the guest; ~. at the start of a line leaves.' : 'Ctrl-C leaves.';
}

/** A name that tells a build: its own with or without what stands before the last dot, its machine's, or its process. */
function isNamed({ build, machine, pid }: Greeting, wanted: string): boolean {
  return [build, build.slice(build.lastIndexOf('.') + 1), machine, String(pid)].includes(wanted);
}

function whichOne(
  builds: readonly RunningBuild[],
  matching: readonly RunningBuild[],
  wanted: string | undefined,
): string {
  if (builds.length === 0) return 'No build of this user is running.\n';
  const reason =
    matching.length > 1
      ? `${wanted === undefined ? 'Several builds are running' : `Several builds answer to "${wanted}"`}; name one of them:`
      : `No running build is called "${wanted}". There are:`;
  const list = (matching.length > 1 ? matching : builds).map(
    ({ greeting: { build, machine, pid } }) => `  ${build}  (machine ${machine}, process ${pid})`,
  );
  return `${[reason, ...list].join('\n')}\n`;
}
