/** One line of the table that `vmctl status` prints. */
export interface StatusRow {
  readonly id: number;
  /** Number of the process that runs the machine; it changes when the guest reboots. */
  readonly pid?: number;
  readonly name: string;
  /** running, stopped, stopping, paused, waiting or unknown. */
  readonly state: string;
  /** Such as "ttyp3"; absent for a machine that has none. */
  readonly tty?: string;
  readonly owner?: string;
}

/**
 * Reads the table by the names in its header: releases differ in columns and widths. Undefined when there is no header,
 * which is not the same as an empty table, and when the table breaks off.
 */
export function parseStatus(output: string): StatusRow[] | undefined {
  const lines = output.split('\n').map((line) => line.trim().split(/\s+/));
  const start = lines.findIndex((cells) => cells[0] === 'ID' && cells.includes('NAME'));
  const header = lines[start];
  if (header === undefined || !output.endsWith('\n')) return undefined;
  return lines.slice(start + 1).flatMap((cells) => parseRow(header, cells) ?? []);
}

function parseRow(header: readonly string[], cells: readonly string[]): StatusRow | undefined {
  const cell = (column: string): string | undefined => {
    const text = cells[header.indexOf(column)];
    return header.includes(column) && text !== '-' ? text : undefined;
  };
  const id = cell('ID');
  const name = cell('NAME');
  if (id === undefined || name === undefined || !/^\d+$/.test(id)) return undefined;
  // Before there was a column for it, the state followed the name: "build-web - stopping".
  const suffix = cells.slice(header.length).join(' ').replace(/^- /, '');
  const state = cell('STATE') ?? (suffix || (cell('PID') === undefined ? 'stopped' : 'running'));
  const pid = Number(cell('PID') ?? NaN);
  return { id: Number(id), ...(pid > 0 && { pid }), name, state, tty: cell('TTY'), owner: cell('OWNER') };
}
