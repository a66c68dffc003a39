import type { BuildEvent } from '../../build/events.ts';
import type { RunResult } from '../../build/result.ts';
import type { Output } from '../io.ts';
import type { View } from './view.ts';
import { failureReports } from './failure-report.ts';
import { jsonLine } from './json-line.ts';

/** `-log-format=json`: every event as one line of JSON on standard output, and the reports on failed builds on standard error. */
export class JsonView implements View {
  readonly #out: Output;
  readonly #errors: Output;
  readonly #now: () => number;

  constructor(out: Output, errors: Output, now: () => number = Date.now) {
    this.#out = out;
    this.#errors = errors;
    this.#now = now;
  }

  say(text: string): void {
    this.#out.write(jsonLine(this.#now(), { type: 'message', level: 'info', text }));
  }

  error(text: string): void {
    this.#out.write(jsonLine(this.#now(), { type: 'message', level: 'error', text }));
  }

  event({ time, ...body }: BuildEvent): void {
    this.#out.write(jsonLine(time, body));
  }

  finish({ builds, cancelled }: RunResult, duration: number): Promise<void> {
    const outcome = cancelled
      ? 'cancelled'
      : builds.every((build) => build.outcome === 'success')
        ? 'success'
        : 'failure';
    const ended = builds.map(({ name, outcome: of }) => ({ name, outcome: of }));
    this.#out.write(jsonLine(this.#now(), { type: 'run-end', outcome, duration, builds: ended }));
    for (const report of failureReports(builds)) this.#errors.write(`\n${report}`);
    return Promise.resolve();
  }

  suspend(): void {
    // Nothing is redrawn here.
  }

  resume(): void {
    // Nothing is redrawn here.
  }
}
