import { closeSync, openSync, writeFileSync } from 'node:fs';
import type { BuildEvent, CommandEnd } from '../build/events.ts';
import type { Io } from './io.ts';
import { readableStack } from './stack.ts';
import { VERSION } from './version.ts';

/** Whether PACKER_LOG, or PACKER_LOG_PATH alone, asks for a log. */
export function isLogging(env: Io['env']): boolean {
  const log = env['PACKER_LOG'] ?? '';
  return (log !== '' && log !== '0') || (env['PACKER_LOG_PATH'] ?? '') !== '';
}

/** Where the details of a run go: standard error, or the file of PACKER_LOG_PATH, which is overwritten. */
export interface Log {
  /** The log is on standard error, so that nothing should be redrawn on a terminal. */
  readonly onStandardError: boolean;
  line(time: number, text: string): void;
  close(): void;
}

/** The file of PACKER_LOG_PATH cannot be opened. The message is a full sentence. */
export class LogError extends Error {
  override name = 'LogError';
}

/**
 * Opens the log that the environment, or `debug`, asks for; undefined when nobody asks. A file that can no longer be written, as
 * on a full disk, is told of once on standard error: no build is lost for want of its log.
 * @throws LogError
 */
export function openLog(io: Io, debug: boolean): Log | undefined {
  if (!debug && !isLogging(io.env)) return undefined;
  const path = io.env['PACKER_LOG_PATH'] ?? '';
  const file = path === '' ? undefined : openFile(path);
  let isComplete = true;
  const log: Log = {
    onStandardError: file === undefined,
    line(time, text) {
      const line = `${new Date(time).toISOString()} ${text}\n`;
      if (file === undefined) {
        io.stderr.write(line);
        return;
      }
      try {
        if (isComplete) writeFileSync(file, line);
      } catch (error) {
        isComplete = false;
        io.stderr.write(`The log ${path} (PACKER_LOG_PATH) ends here: ${(error as Error).message}.\n`);
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
    },
  };
  log.line(Date.now(), `vmm-hcl ${VERSION}, node ${process.version}, ${process.platform} ${process.arch}`);
  return log;
}

/** Only the user may read it: a log says more than the terminal showed. */
function openFile(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (cause) {
    throw new LogError(
      `The log cannot be written: ${(cause as Error).message}. Set PACKER_LOG_PATH to a file that you may write, or unset it.`,
      { cause },
    );
  }
}

/** The details of an event for the log; undefined for what the other views show in full. */
export function logText(event: BuildEvent): string | undefined {
  const text = details(event);
  return text === undefined ? undefined : `${event.build}: ${text}`;
}

function details(event: BuildEvent): string | undefined {
  switch (event.type) {
    case 'build-start':
      return `started (${event.sourceType}, ${event.hypervisor}, ${place(event.origin)})`;
    case 'build-end':
      return `${event.outcome} after ${Math.round(event.duration)} ms${event.failure?.internal ? `\n${readableStack(event.failure.internal.stack)}` : ''}`;
    case 'step-start':
      return `step "${event.step}"`;
    case 'step-end':
      return `step "${event.step}": ${outcome(event)}`;
    case 'cleanup-start':
      return `cleaning up "${event.step}"`;
    case 'cleanup-end':
      return `cleaned up "${event.step}" after ${Math.round(event.duration)} ms${event.error === undefined ? '' : `: ${event.error}`}`;
    case 'cleanup-skipped':
      return `not cleaned up: "${event.step}"`;
    case 'console-line':
      return `console (${event.boot}): ${event.line}`;
    case 'status':
      return event.text;
    case 'http-request':
      return `HTTP ${event.client} ${event.method} ${event.url} ${event.status} ${event.bytes}`;
    case 'command':
      return `${event.where} ${event.id}: ${JSON.stringify(event.command)}`;
    case 'command-end':
      return `${event.where} ${event.id}: ${commandEnd(event)} after ${Math.round(event.duration)} ms`;
    case 'ssh-state':
      return `SSH to ${event.host}:${event.port}: ${event.text}`;
    case 'provisioner-start':
      return `provisioner ${event.index} (${event.provisioner}), attempt ${event.attempt} (${place(event.origin)})`;
    case 'provisioner-end':
      return `provisioner ${event.index}: ${outcome(event)}`;
    case 'post-processor-start':
      return `post-processor ${event.postProcessor} (${place(event.origin)})`;
    case 'post-processor-end':
      return `post-processor ${event.postProcessor}: ${outcome(event)}`;
    case 'artifact':
      return `artifact ${event.id}: ${event.files.join(' ')}`;
    case 'say':
    case 'error':
    case 'output':
    case 'console':
      return undefined;
  }
}

function commandEnd({ status, signal, error }: CommandEnd): string {
  return error ?? (signal === undefined ? `status ${status}` : `signal ${signal}`);
}

function outcome(event: { outcome: string; duration: number; error?: string }): string {
  return `${event.outcome} after ${Math.round(event.duration)} ms${event.error === undefined ? '' : `: ${event.error}`}`;
}

function place({ file, line, column }: { file: string; line: number; column: number }): string {
  return `${file}:${line}:${column}`;
}
