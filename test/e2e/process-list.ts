import { readdir, readFile } from 'node:fs/promises';

interface Process {
  readonly pid: number;
  readonly command: string;
}

async function processesWith(text: string): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const processes = await Promise.all(
    pids.map(async (pid) => ({
      pid,
      command: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '),
    })),
  );
  return processes.filter(({ command }) => command.includes(text));
}

/** Command lines of the running processes that name `text`. */
export async function commandsWith(text: string): Promise<string[]> {
  return (await processesWith(text)).map(({ command }) => command);
}

/** Numbers of the running processes that name `text`. */
export async function pidsWith(text: string): Promise<number[]> {
  return (await processesWith(text)).map(({ pid }) => pid);
}
