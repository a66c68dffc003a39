import type { BuildFailure, BuildResult, HttpEvidence } from '../../build/result.ts';
import { stripAnsi } from '../../lib/ansi.ts';
import { shortDuration } from './duration.ts';

/**
 * One screen that explains a failed build: what failed and why, what to try, the last lines of the console, where the
 * whole transcript is, and what is left of it.
 */
export function failureReport(build: BuildResult, failure: BuildFailure): string {
  const step = failure.step === undefined ? '' : ` in step "${failure.step}"`;
  const duration = shortDuration(build.duration);
  // Whoever cancels a build knows why it ended.
  const blocks =
    build.outcome === 'cancelled'
      ? [`Build '${build.name}' was cancelled${step} after ${duration}.`, remains(failure)]
      : [
          `Build '${build.name}' failed${step} after ${duration}.`,
          reason(failure),
          ...(failure.problems ?? []).map(problem),
          failure.hint,
          consoleBlock(failure),
          failure.http && httpBlock(failure.http),
          remains(failure),
        ];
  return `${blocks.filter((block) => block !== undefined && block !== '').join('\n\n')}\n`;
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

function consoleBlock({ consoleTail, consoleLog }: BuildFailure): string | undefined {
  const lines = (consoleTail ?? []).map((line) => `  | ${stripAnsi(line).trimEnd()}`);
  const where = consoleLog === undefined ? undefined : `The whole console: ${consoleLog}`;
  if (lines.length === 0) {
    return where === undefined ? undefined : `The console printed nothing. ${where}`;
  }
  return ['The last lines of the console:', ...lines, where].filter((line) => line !== undefined).join('\n');
}

function httpBlock({ url, requests, neverFetched, notFound }: HttpEvidence): string {
  const lines = [
    `The installation files were served at ${url}: ${requests} ${requests === 1 ? 'request' : 'requests'}.`,
  ];
  if (neverFetched.length > 0) lines.push(`  never asked for: ${neverFetched.join(', ')}`);
  for (const { path, nearest } of notFound) {
    lines.push(`  not found: ${stripAnsi(path)}${nearest === undefined ? '' : ` (there is ${nearest})`}`);
  }
  return lines.join('\n');
}

function remains({ leftBehind }: BuildFailure): string {
  if (leftBehind.length === 0) return 'Everything that this build started or created has been removed.';
  return ['Still there:', ...leftBehind.map((item) => `  ${item}`)].join('\n');
}
