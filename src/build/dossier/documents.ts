import { formatDuration } from '../../lib/duration.ts';
import { shellCommand } from '../../lib/process/shell-words.ts';
import { stripAnsi } from '../../lib/ansi.ts';
import type { HttpEvidence } from '../result.ts';
import type { RanCommand, Recorder, Snapshot } from './recorder.ts';
import { renderScreen } from './screen.ts';

/** Each function gives the text of one file, or undefined when there is nothing to tell. */

export async function screenText({ rawConsole, boot }: Snapshot): Promise<string | undefined> {
  if (rawConsole === '') return undefined;
  const { above, lines, cursor } = await renderScreen(rawConsole);
  const title = `--- the last screen (80x24, ${boot === 'install' ? 'installation' : 'installed system'}), cursor in row ${cursor.row}, column ${cursor.column} ---`;
  return text([...above, title, ...lines]);
}

export function consoleText({ consoleLines }: Snapshot): string | undefined {
  return consoleLines.length === 0
    ? undefined
    : text(consoleLines.map((line) => `${clock(line.time)} ${line.text}`));
}

export function logText({ messages }: Recorder): string | undefined {
  const items = messages.items();
  return items.length === 0
    ? undefined
    : text([...dropped(messages.dropped), ...items.map((item) => `${clock(item.time)} ${plain(item.text)}`)]);
}

export function httpText({ requests }: Recorder, evidence: HttpEvidence | undefined): string | undefined {
  const items = requests.items();
  if (items.length === 0 && evidence === undefined) return undefined;
  const lines = items.map(
    ({ time, client, method, url, status, bytes, note }) =>
      `${clock(time)} ${client} ${method} ${plain(url)} ${status} ${bytes} bytes${note === undefined ? '' : ` (${plain(note)})`}`,
  );
  const summary =
    evidence === undefined
      ? []
      : [
          `Served at ${evidence.url}: ${evidence.requests} requests, ${evidence.fetched} different files handed out.`,
          ...evidence.neverFetched.map((path) => `offered and never asked for: ${path}`),
          ...evidence.notFound.map(
            ({ path, nearest }) =>
              `asked for and not there: ${plain(path)}${nearest === undefined ? '' : ` (there is ${nearest})`}`,
          ),
          '',
        ];
  return text([...summary, ...dropped(requests.dropped), ...lines]);
}

export function sshText({ ssh }: Recorder): string | undefined {
  const items = ssh.items();
  if (items.length === 0) return undefined;
  const lines = items.map(({ time, host, port, stage, text: said, offered, tried }) => {
    const offers = offered === undefined ? '' : `; offered: ${offered.join(', ')}`;
    const tries = tried === undefined || tried.length === 0 ? '' : `; tried: ${tried.join(', ')}`;
    return `${clock(time)} ${host}:${port} ${stage}: ${plain(said)}${offers}${tries}`;
  });
  return text([
    'Each line is the first of a series of attempts that ended alike.',
    ...dropped(ssh.dropped),
    ...lines,
  ]);
}

export function commandsText({ commands }: Recorder): string | undefined {
  const items = commands.items();
  return items.length === 0 ? undefined : text([...dropped(commands.dropped), ...items.map(commandLine)]);
}

function commandLine({ start, end, times }: RanCommand): string {
  const line = start.where === 'host' ? shellCommand(start.command) : start.command.join(' ');
  const result =
    end === undefined
      ? 'still running'
      : `${end.error ?? (end.signal === undefined ? `status ${end.status}` : `signal ${end.signal}`)} after ${formatDuration(Math.round(end.duration))}`;
  const repeated =
    times === 1 || end === undefined ? '' : ` (${times} times, the last until ${clock(end.time)})`;
  return `${clock(start.time)} ${start.where}: ${plain(line)}\n    ${plain(result)}${repeated}`;
}

export function stepsText({ ends }: Recorder): string | undefined {
  const items = ends.items();
  if (items.length === 0) return undefined;
  return text(
    items.map((end) => {
      const error = end.error === undefined ? '' : `: ${plain(end.error)}`;
      const took = formatDuration(Math.round(end.duration));
      switch (end.type) {
        case 'step-end':
          return `${clock(end.time)} step ${end.step}: ${end.outcome} after ${took}${error}`;
        case 'cleanup-end':
          return `${clock(end.time)} cleanup of ${end.step}: ${took}${error}`;
        case 'provisioner-end':
          return `${clock(end.time)}   provisioner ${end.index} (${end.provisioner}), attempt ${end.attempt}: ${end.outcome} after ${took}${error}`;
        case 'post-processor-end':
          return `${clock(end.time)}   post-processor ${end.postProcessor}: ${end.outcome} after ${took}${error}`;
      }
    }),
  );
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

function dropped(count: number): string[] {
  return count === 0 ? [] : [`(${count} older ones are not kept)`];
}

/** A guest must not command the terminal of whoever reads its words. */
function plain(line: string): string {
  return stripAnsi(line).replaceAll('\r', '');
}

function clock(time: number): string {
  return new Date(time).toISOString();
}
