import type { BuildEvent } from '../../build/events.ts';
import type { RunResult } from '../../build/result.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import type { Output } from '../io.ts';
import type { Style } from './style.ts';
import type { View } from './view.ts';
import { failureReports } from './failure-report.ts';
import { imageReport } from './image-report.ts';
import { messageOf, summaryOf } from './message.ts';
import { CLEAR_LINE, StatusLine } from './status-line.ts';

/** Reading a large image takes a while. */
const COMPUTING = 'Computing SHA-256 ...';

export interface HumanViewOptions {
  readonly out: Output;
  /** Gets the report on failed builds. */
  readonly errors: Output;
  readonly style: Style;
  /** `-timestamp-ui`. */
  readonly timestamps: boolean;
  /** Names of the builds, which give them their colours. */
  readonly builds: readonly string[];
  readonly now?: () => number;
}

/** The log that people read: Packer's lines, and on a terminal a status line below them. */
export class HumanView implements View {
  readonly #options: HumanViewOptions;
  readonly #now: () => number;
  readonly #status: StatusLine | undefined;

  constructor(options: HumanViewOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    if (options.out.isTerminal) this.#status = new StatusLine(options.out, this.#now);
    if (options.style.colored) {
      const legend = options.builds.map((name, index) =>
        options.style.build(index, `${name}: output will be in this color.`, 'bold'),
      );
      options.out.write(`${legend.join('\n')}\n\n`);
    }
  }

  say(text: string): void {
    this.#print(this.#options.style.build(0, text, 'bold'));
  }

  error(text: string): void {
    this.#print(this.#options.style.error(text, 'bold'));
  }

  event(event: BuildEvent): void {
    this.#status?.event(event);
    const message = messageOf(event);
    if (message) {
      const { style, builds, timestamps } = this.#options;
      const stamp = timestamps ? `${rfc3339(event.time)}: ` : '';
      const text = `${stamp}${message.text}`;
      this.#print(
        message.kind === 'error'
          ? style.error(text, message.weight)
          : style.build(Math.max(0, builds.indexOf(event.build)), text, message.weight),
      );
    } else if (event.type === 'step-start' || event.type === 'status') this.#status?.draw();
  }

  async finish(
    result: RunResult,
    duration: number,
    plans: readonly BuildPlan[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#status?.end();
    const { out, errors, style } = this.#options;
    for (const item of summaryOf(result, duration)) {
      if (item.kind === 'data') continue;
      out.write(`${item.kind === 'error' ? style.error(item.text, 'plain') : item.text}\n`);
    }
    for (const report of failureReports(result.builds)) errors.write(`\n${report}`);
    for (const [index, build] of result.builds.entries()) {
      if (build.outcome !== 'success' || build.artifacts.length === 0) continue;
      const plan = plans.find(({ name }) => name === build.name);
      if (!plan) continue;
      if (out.isTerminal) out.write(COMPUTING);
      const report = await imageReport(build, plan, signal);
      if (out.isTerminal) out.write(CLEAR_LINE);
      out.write(`\n${style.build(index, report, 'plain')}\n`);
    }
  }

  suspend(): void {
    this.#status?.suspend();
  }

  resume(): void {
    this.#status?.resume();
  }

  #print(text: string): void {
    this.#status?.clear();
    this.#options.out.write(`${text}\n`);
    this.#status?.draw();
  }
}

/** Local time as Go's time.RFC3339 prints it: seconds, and the offset from UTC. */
export function rfc3339(time: number): string {
  const date = new Date(time);
  const offset = -date.getTimezoneOffset();
  const local = new Date(time + offset * 60_000).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  return `${local}${offset < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}
