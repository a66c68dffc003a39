import type { BuildFailure, BuildResult, HttpEvidence } from '../../build/result.ts';
import { CANCELLED } from '../../build/result.ts';
import { stripAnsi } from '../../lib/ansi.ts';
import { shortDuration } from './duration.ts';

/** A terminal's height: the report leaves it to the evidence to fill what the rest does not need. */
const SCREEN = 24;
const COLUMNS = 80;
const MOST_LINES = 10;
const FEWEST_LINES = 3;

/**
 * One screen that explains a failed build: what failed and where, the evidence in a few lines, the most probable cause, the next
 * thing to try, where the rest is, and what is left of the build.
 */
export function failureReport(build: BuildResult, failure: BuildFailure): string {
  // Who has cancelled a build at the terminal knows why it ended: there is no evidence then.
  const isPlain = build.outcome === 'cancelled' && failure.message === CANCELLED;
  const before = [
    headOf(build, failure),
    isPlain ? '' : reason(failure),
    ...(failure.problems ?? []).map(problem),
  ];
  const after = [sourcesOf(failure), advice(failure), places(failure, build)];
  const used = [...before, ...after].reduce((sum, block) => sum + (block === '' ? 0 : rows(block) + 1), 0);
  const lines = tailOf(failure, Math.max(FEWEST_LINES, Math.min(MOST_LINES, SCREEN - used - 2)));
  return `${[...before, lines, ...after].filter((block) => block !== '').join('\n\n')}\n`;
}

/** The report without its evidence, for runs in which many builds have failed. */
function shortReport(build: BuildResult, failure: BuildFailure): string {
  const [firstLine = ''] = failure.message.split('\n', 1);
  const next = failure.verdict?.next ?? failure.hint;
  return `${[
    `${headOf(build, failure)} ${firstLine}`,
    ...(failure.verdict === undefined ? [] : [`  Probably: ${failure.verdict.cause}`]),
    ...(next === undefined ? [] : [`  Next: ${next}`]),
    ...(failure.dossier === undefined ? [] : [`  All of the evidence: ${failure.dossier}`]),
    ...filesOf(build.artifacts).map((file) => `  Complete, and kept: ${file}`),
    ...failure.leftBehind.map((item) => `  Still there: ${item}`),
  ].join('\n')}\n`;
}

/** More full reports than this are read by nobody. */
const MOST_REPORTS = 3;

/** The report of each build that failed: the first ones in full. */
export function failureReports(builds: readonly BuildResult[]): string[] {
  let shown = 0;
  return builds.flatMap((build) => {
    const { failure } = build;
    if (failure === undefined) return [];
    return [++shown <= MOST_REPORTS ? failureReport(build, failure) : shortReport(build, failure)];
  });
}

function headOf(build: BuildResult, { step }: BuildFailure): string {
  const ended = build.outcome === 'cancelled' ? 'was cancelled' : 'failed';
  const where = step === undefined ? '' : ` in step "${step}"`;
  return `Build '${build.name}' ${ended}${where} after ${shortDuration(build.duration)}.`;
}

function reason({ message, origin }: BuildFailure): string {
  return origin ? `${message}\n  at ${origin.file}:${origin.line}:${origin.column}` : message;
}

function problem({
  summary,
  detail,
  file,
  line,
  column,
}: NonNullable<BuildFailure['problems']>[number]): string {
  const place =
    file === undefined ? '' : ` (${[file, line, column].filter((part) => part !== undefined).join(':')})`;
  return `${summary}${place}: ${detail}`;
}

/** What the script printed that failed, else the end of the console. */
function tailOf({ output, consoleTail, consoleLog }: BuildFailure, count: number): string {
  if (output !== undefined) return excerpt(`The last output of ${output.of}:`, output.lines, count);
  if (consoleTail !== undefined && consoleTail.length > 0) {
    return excerpt('The last lines of the console:', consoleTail, count);
  }
  return consoleLog === undefined ? '' : 'The console printed nothing.';
}

function excerpt(title: string, lines: readonly string[], count: number): string {
  const shown: string[] = [];
  let room = count;
  for (const line of lines.map((text) => `  | ${stripAnsi(text).trimEnd()}`).reverse()) {
    room -= rows(line);
    if (room < 0 && shown.length > 0) break;
    shown.unshift(line);
  }
  return [title, ...shown].join('\n');
}

/** What the network knows. */
function sourcesOf({ http, ssh }: BuildFailure): string {
  const lines = [
    ...(http === undefined ? [] : httpLines(http)),
    ...(ssh === undefined ? [] : [`SSH to ${ssh.host}:${ssh.port}: ${stripAnsi(ssh.text)}.`]),
  ];
  return lines.join('\n');
}

const MOST_PATHS = 4;

function httpLines({ url, requests, neverFetched, notFound }: HttpEvidence): string[] {
  const lines = [
    `The installation files were served at ${url}: ${requests} ${requests === 1 ? 'request' : 'requests'}.`,
  ];
  if (neverFetched.length > 0) lines.push(`  never asked for: ${some(neverFetched)}`);
  const missing = notFound.map(
    ({ path, nearest }) => `${stripAnsi(path)}${nearest === undefined ? '' : ` (there is ${nearest})`}`,
  );
  if (missing.length > 0) lines.push(`  not found: ${some(missing)}`);
  return lines;
}

function some(items: readonly string[]): string {
  const more = items.length - MOST_PATHS;
  return items.slice(0, MOST_PATHS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function advice({ verdict, hint }: BuildFailure): string {
  if (verdict === undefined) return hint === undefined ? '' : `Next: ${hint}`;
  const also = hint === undefined || verdict.next.includes(hint) ? '' : `\nAlso: ${hint}`;
  return `Probably: ${verdict.cause}\nNext: ${verdict.next}${also}`;
}

function places(
  { consoleLog, dossier, dossierProblem, leftBehind }: BuildFailure,
  { artifacts }: BuildResult,
): string {
  const complete = filesOf(artifacts);
  const what = complete.length === 0 ? 'Everything' : 'Everything else';
  const remains =
    leftBehind.length === 0
      ? [`${what} that this build started or created has been removed.`]
      : ['Still there:', ...leftBehind.map((item) => `  ${item}`)];
  return [
    ...(dossier === undefined
      ? []
      : [
          `All of the evidence: ${dossier}${consoleLog === undefined ? '' : ' (the last screen: screen.txt)'}`,
        ]),
    ...(dossierProblem === undefined ? [] : [dossierProblem]),
    ...(consoleLog === undefined ? [] : [`The whole console: ${consoleLog}`]),
    ...(complete.length === 0 ? [] : [`Complete, and kept: ${complete.join(' ')}`]),
    ...remains,
  ].join('\n');
}

function filesOf(artifacts: BuildResult['artifacts']): readonly string[] {
  return [...new Set(artifacts.flatMap(({ files }) => files))];
}

/** Lines that a text takes on a terminal. */
function rows(text: string): number {
  return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / COLUMNS)), 0);
}
