import type { Ui } from '../plan/ui.ts';
import type { BuildEvent, CommandEnd, EventBody } from './events.ts';
import { Redactor } from './redact.ts';

/** Words of ours, which stay as they are even where a secret happens to be the same word. */
const OWN_WORDS = new Set(['type', 'step', 'outcome', 'stream', 'where', 'boot', 'method', 'stage', 'rule']);

/** The event stream of one build: every event passes here, and loses its secrets here. */
export class Emitter {
  readonly redactor: Redactor;
  readonly #build: string;
  readonly #onEvent: (event: BuildEvent) => void;
  #commands = 0;

  constructor(build: string, secrets: Iterable<string>, onEvent: (event: BuildEvent) => void) {
    this.#build = build;
    this.redactor = new Redactor(secrets);
    this.#onEvent = onEvent;
  }

  readonly emit = (body: EventBody): void => {
    const clean = this.redactor.data(body, OWN_WORDS);
    this.#onEvent({ time: Date.now(), build: this.#build, ...clean });
  };

  /** For texts that were taken out of a stream which is free of secrets already. */
  readonly emitClean = (body: EventBody): void => {
    this.#onEvent({ time: Date.now(), build: this.#build, ...body });
  };

  say(text: string): void {
    this.emit({ type: 'say', text });
  }

  /** Tells of a command that begins; the function tells of its end, once. */
  command(where: 'host' | 'guest', command: readonly string[]): (end: CommandEnd) => void {
    const id = ++this.#commands;
    const start = performance.now();
    this.emit({ type: 'command', id, where, command });
    return ({ status, signal, error }) =>
      this.emit({
        type: 'command-end',
        id,
        where,
        status,
        signal,
        error,
        duration: performance.now() - start,
      });
  }

  /** @param scope type of the post-processor that speaks */
  ui(scope?: string): Ui {
    return {
      say: (text) => this.emit({ type: 'say', text, scope }),
      error: (text) => this.emit({ type: 'error', text, scope }),
      output: (stream, line) => this.emit({ type: 'output', stream, line, scope }),
      status: (text) => this.emit({ type: 'status', text }),
    };
  }
}
