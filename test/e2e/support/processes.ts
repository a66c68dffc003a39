import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Name of an environment variable that every process started by a run inherits, with a value of that run alone. */
export const MARK = 'VMM_HCL_E2E_MARK';

export interface ProcessInfo {
  readonly pid: number;
  readonly command: string;
}

/** The living processes that belong to the run with this mark. Reads /proc. */
export function processesOf(mark: string): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || name === String(process.pid)) continue;
    const environment = read(`/proc/${name}/environ`).split('\0');
    if (!environment.includes(`${MARK}=${mark}`)) continue;
    found.push({ pid: Number(name), command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim() });
  }
  return found;
}

/** The TCP ports on which the processes of a run listen. */
export function listeningPortsOf(mark: string): number[] {
  const ports = processesOf(mark).flatMap(({ pid }) => listeningPorts(pid));
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** Whether a process that has the mark of some run listens on a TCP port. Ask when those of the run in question have ended. */
export function isOfAnotherRun(port: number): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(`${MARK}=`))
    .some((name) => listeningPorts(Number(name)).includes(port));
}

function listeningPorts(pid: number): number[] {
  const sockets = new Set<string>();
  try {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode !== undefined) sockets.add(inode);
    }
  } catch {
    // It ended while we looked.
  }
  return ['tcp', 'tcp6'].flatMap((table) =>
    read(`/proc/${pid}/net/${table}`)
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      // Field 3 is the state, 0A being LISTEN; field 9 the inode.
      .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
      .map((fields) => parseInt(fields[1]!.split(':')[1]!, 16)),
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
