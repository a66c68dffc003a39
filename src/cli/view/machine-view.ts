import type { BuildEvent } from '../../build/events.ts';
import type { RunResult } from '../../build/result.ts';
import type { Output } from '../io.ts';
import type { View } from './view.ts';
import { failureReports } from './failure-report.ts';
import { machineLine } from './machine.ts';
import { messageOf, summaryOf } from './message.ts';

/** Packer's `-machine-readable` format on standard output. */
export class MachineView implements View {
  readonly #out: Output;
  readonly #now: () => number;

  constructor(out: Output, now: () => number = Date.now) {
    this.#out = out;
    this.#now = now;
  }

  say(text: string): void {
    this.#ui(this.#now(), 'say', text);
  }

  error(text: string): void {
    this.#ui(this.#now(), 'error', text);
  }

  event(event: BuildEvent): void {
    const message = messageOf(event);
    if (message) this.#ui(event.time, message.kind, message.text);
  }

  finish(result: RunResult, duration: number): Promise<void> {
    for (const item of summaryOf(result, duration)) {
      if (item.kind !== 'data') this.#ui(this.#now(), item.kind, item.text);
      else this.#out.write(machineLine(this.#now(), item.target, item.type, ...item.data));
    }
    for (const report of failureReports(result.builds)) this.error(report);
    return Promise.resolve();
  }

  suspend(): void {
    // Nothing is redrawn here.
  }

  resume(): void {
    // Nothing is redrawn here.
  }

  #ui(time: number, kind: 'say' | 'error', text: string): void {
    this.#out.write(machineLine(time, '', 'ui', kind, text));
  }
}
