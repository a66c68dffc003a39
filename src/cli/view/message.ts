import type { BuildEvent } from '../../build/events.ts';
import type { BuildResult, RunResult } from '../../build/result.ts';
import { stripAnsi } from '../../lib/ansi.ts';
import { spokenDuration } from './duration.ts';

/** One message to the user, in Packer's shape. The human and the machine-readable view both show these texts. */
export interface UiMessage {
  readonly kind: 'say' | 'error';
  readonly text: string;
  /** Output of commands is not emphasized. */
  readonly weight: 'bold' | 'plain';
}

/** What an event means to the user; undefined when it is not worth a line. */
export function messageOf(event: BuildEvent): UiMessage | undefined {
  switch (event.type) {
    case 'say':
      return { kind: 'say', text: prefixed(event.build, event.scope, event.text), weight: 'bold' };
    case 'error':
      return { kind: 'error', text: prefixed(event.build, event.scope, event.text), weight: 'bold' };
    case 'output':
      return {
        kind: event.stream === 'stdout' ? 'say' : 'error',
        text: prefixed(event.build, event.scope, printed(event.line)),
        weight: 'plain',
      };
    case 'http-request': {
      const note = event.note === undefined ? '' : ` (${event.note})`;
      const request = `${event.method} ${event.url}: ${event.status}${note}, ${event.bytes} bytes, to ${event.client}`;
      return {
        kind: 'say',
        text: prefixed(event.build, undefined, `HTTP ${printed(request)}`),
        weight: 'plain',
      };
    }
    case 'post-processor-start': {
      const what = `Running post-processor: ${event.name ?? ''} (type ${event.postProcessor})`;
      return { kind: 'say', text: prefixed(event.build, undefined, what), weight: 'bold' };
    }
    case 'cleanup-end':
      if (event.error === undefined) return undefined;
      return { kind: 'error', text: prefixed(event.build, undefined, event.error), weight: 'bold' };
    case 'cleanup-skipped':
      return {
        kind: 'say',
        text: prefixed(event.build, undefined, `Not cleaned up, as -on-error says: ${event.step}`),
        weight: 'bold',
      };
    case 'build-end':
      return ending(event);
    case 'build-start':
    case 'step-start':
    case 'step-end':
    case 'cleanup-start':
    case 'console':
    case 'console-line':
    case 'status':
    case 'command':
    case 'command-end':
    case 'ssh-state':
    case 'provisioner-start':
    case 'provisioner-end':
    case 'post-processor-end':
    case 'artifact':
      return undefined;
  }
}

function ending(event: BuildEvent & { type: 'build-end' }): UiMessage {
  const duration = spokenDuration(event.duration);
  if (event.outcome === 'success') {
    return { kind: 'say', text: `Build '${event.build}' finished after ${duration}.`, weight: 'bold' };
  }
  const reason = event.outcome === 'cancelled' ? 'cancelled' : (event.failure?.message ?? 'failed');
  return {
    kind: 'error',
    text: `Build '${event.build}' errored after ${duration}: ${reason}`,
    weight: 'bold',
  };
}

/** The last message of a build in the list of errors. */
function errorOf(build: BuildResult): string {
  return build.outcome === 'cancelled' ? 'cancelled' : (build.failure?.message ?? 'failed');
}

/** Every line of `text` behind the name of its build. */
function prefixed(build: string, scope: string | undefined, text: string): string {
  const prefix = `==> ${build}${scope === undefined ? '' : ` (${scope})`}: `;
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${prefix}${line.trimEnd()}`)
    .join('\n');
}

/**
 * A line of a command as a terminal would end up showing it: what a progress bar overwrote is gone. Escape sequences are
 * taken out, since a guest is not trusted to command the user's terminal.
 */
function printed(line: string): string {
  const text = stripAnsi(line).replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** What is said when all builds have ended; `target` and `data` only exist in the machine-readable form. */
export type SummaryItem =
  | UiMessage
  | {
      readonly kind: 'data';
      readonly target: string;
      readonly type: string;
      readonly data: readonly string[];
    };

/** Packer's summary: the wait, the errors, the artifacts. `duration` in milliseconds. */
export function* summaryOf(result: RunResult, duration: number): Generator<SummaryItem> {
  yield say(`\n==> Wait completed after ${spokenDuration(duration)}`);
  if (result.cancelled) {
    yield error('\n==> Cancelled: all builds have ended.');
    yield* completeOf(result.builds);
    return;
  }
  const failed = result.builds.filter((build) => build.outcome !== 'success');
  if (failed.length > 0) {
    yield data('', 'error-count', String(failed.length));
    yield error("\n==> Some builds didn't complete successfully and had errors:");
    for (const build of failed) {
      yield data(build.name, 'error', errorOf(build));
      yield error(`--> ${build.name}: ${errorOf(build)}`);
    }
  }
  const successful = result.builds.filter((build) => build.outcome === 'success');
  const isNothing = result.builds.every(({ artifacts }) => artifacts.length === 0);
  if (isNothing) yield say('\n==> Builds finished but no artifacts were created.');
  if (successful.some(({ artifacts }) => artifacts.length > 0)) {
    yield say('\n==> Builds finished. The artifacts of successful builds are:');
    for (const build of successful) yield* artifactsOf(build);
  }
  yield* completeOf(failed);
}

/** What is there although its build, or another one, did not come to its end. */
function* completeOf(builds: readonly BuildResult[]): Generator<SummaryItem> {
  const complete = builds.filter(({ artifacts }) => artifacts.length > 0);
  if (complete.length > 0) yield say('\n==> Complete all the same, and kept:');
  for (const { name, artifacts } of complete) {
    for (const { description } of artifacts) yield say(`--> ${name}: ${description}`);
  }
}

function* artifactsOf(build: BuildResult): Generator<SummaryItem> {
  yield data(build.name, 'artifact-count', String(build.artifacts.length));
  for (const [index, artifact] of build.artifacts.entries()) {
    const item = (...words: string[]): SummaryItem => data(build.name, 'artifact', String(index), ...words);
    yield item('builder-id', artifact.builderId);
    yield item('id', artifact.id);
    yield item('string', artifact.description);
    yield item('files-count', String(artifact.files.length));
    for (const [number, file] of artifact.files.entries()) yield item('file', String(number), file);
    yield item('end');
    yield say(`--> ${build.name}: ${artifact.description}`);
  }
}

function say(text: string): UiMessage {
  return { kind: 'say', text, weight: 'plain' };
}

function error(text: string): UiMessage {
  return { kind: 'error', text, weight: 'plain' };
}

function data(target: string, type: string, ...words: string[]): SummaryItem {
  return { kind: 'data', target, type, data: words };
}
