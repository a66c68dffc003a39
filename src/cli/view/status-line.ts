import type { BuildEvent, StepName } from '../../build/events.ts';
import type { Output } from '../io.ts';
import { stripAnsi } from '../../lib/ansi.ts';
import { shortDuration } from './duration.ts';

/** Erases the line of the cursor. */
export const CLEAR_LINE = '\r\u001b[K';
const TICK_MS = 1_000;

interface Running {
  step?: StepName;
  since: number;
  /** What is known while waiting, or the last line of the console. */
  text: string;
}

/** The last line of a terminal: what each running build is doing, for how long, and what its console said last. */
export class StatusLine {
  readonly #out: Output;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();
  #timer: NodeJS.Timeout | undefined;
  #shown = false;
  #suspended = false;

  constructor(out: Output, now: () => number = Date.now) {
    this.#out = out;
    this.#now = now;
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (this.#shown) this.#out.write(CLEAR_LINE);
    this.#shown = false;
  }

  draw(): void {
    if (this.#suspended || this.#running.size === 0) return;
    const text = [...this.#running].map(([build, running]) => this.#describe(build, running)).join('  ·  ');
    // One column stays free: a full line would wrap on some terminals.
    this.#out.write(`${CLEAR_LINE}${cut(text, this.#out.columns - 1)}`);
    this.#shown = true;
  }

  suspend(): void {
    this.clear();
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    this.draw();
  }

  /** Ends the redrawing. */
  end(): void {
    this.clear();
    clearInterval(this.#timer);
    this.#running.clear();
  }

  event(event: BuildEvent): void {
    const running = this.#running.get(event.build);
    switch (event.type) {
      case 'build-start':
        this.#running.set(event.build, { since: event.time, text: '' });
        this.#timer ??= setInterval(() => this.draw(), TICK_MS).unref();
        break;
      case 'build-end':
        this.#running.delete(event.build);
        break;
      case 'step-start':
        if (running) Object.assign(running, { step: event.step, since: event.time, text: '' });
        break;
      case 'cleanup-start':
        if (running) Object.assign(running, { text: `cleaning up: ${event.step}` });
        break;
      case 'status':
        if (running) running.text = event.text;
        break;
      case 'console-line':
        if (running && event.line.trim() !== '') running.text = event.line;
        break;
      default:
        break;
    }
  }

  #describe(build: string, { step, since, text }: Running): string {
    const elapsed = shortDuration(this.#now() - since);
    const head = `${build}: ${step ?? 'starting'}, ${elapsed}`;
    return text === '' ? head : `${head}: ${stripAnsi(text).trim()}`;
  }
}

/** The first `columns` columns of a line, where characters of East Asian scripts may be counted too small. */
function cut(text: string, columns: number): string {
  const line = text.replaceAll(/\s/g, ' ');
  return [...line].length <= columns ? line : `${[...line].slice(0, columns - 1).join('')}…`;
}
