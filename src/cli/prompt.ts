import { createInterface } from 'node:readline/promises';
import type { ErrorQuestion, Prompt } from '../build/options.ts';
import type { Io } from './io.ts';
import type { View } from './view/view.ts';

/** The person at the terminal, asked one question at a time, also when several builds have one. */
export class TerminalPrompt implements Prompt {
  readonly #io: Io;
  readonly #view: View;
  #last: Promise<unknown> = Promise.resolve();

  constructor(io: Io, view: View) {
    this.#io = io;
    this.#view = view;
  }

  async onError(question: ErrorQuestion, signal: AbortSignal): Promise<'cleanup' | 'abort' | 'retry'> {
    const text =
      `==> ${question.build}: step "${question.step}" failed: ${question.message}\n` +
      '    [c] clean up and end, [a] end and leave everything as it is, [r] try the step again: ';
    for (;;) {
      const answer = (await this.#ask(text, signal)).trim().toLowerCase();
      if (answer === '' || answer === 'c') return 'cleanup';
      if (answer === 'a') return 'abort';
      if (answer === 'r') return 'retry';
    }
  }

  async pause(text: string, signal: AbortSignal): Promise<void> {
    const sentence = text.charAt(0).toUpperCase() + text.slice(1).replace(/[.:]$/, '');
    await this.#ask(`==> ${sentence}: press Enter to go on. `, signal);
  }

  async #ask(text: string, signal: AbortSignal): Promise<string> {
    const turn = this.#last.then(() => this.#read(text, signal));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #read(text: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.#view.suspend();
    const reader = createInterface({ input: this.#io.stdin, output: process.stdout });
    // readline takes Ctrl-C away from the process while it reads: give it back.
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      const closed = new Promise<never>((_, reject) => {
        reader.once('close', () => reject(new Error('The terminal was closed while a question was open.')));
      });
      return await Promise.race([reader.question(text, { signal }), closed]);
    } finally {
      reader.close();
      this.#view.resume();
    }
  }
}
