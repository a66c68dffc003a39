import { readdir, readFile } from 'node:fs/promises';

/** Command lines of the running processes that name `text`. */
export async function commandsWith(text: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.includes(text)).map((command) => command.replaceAll('\0', ' '));
}
