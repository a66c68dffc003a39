import { createInterface } from 'node:readline/promises';
import type { GuestAccess } from '../../build/guest/access.ts';
import type { ErrorAnswer, ErrorQuestion, Prompt } from '../../build/options.ts';
import type { Io } from '../io.ts';
import { useConsole } from './use-console.ts';
import type { View } from '../view/view.ts';

/** The person at the terminal, asked one question at a time, also when several builds have one. */
export class TerminalPrompt implements Prompt {
  readonly #io: Io;
  readonly #view: View;
  #last: Promise<unknown> = Promise.resolve();

  constructor(io: Io, view: View) {
    this.#io = io;
    this.#view = view;
  }

  onError(question: ErrorQuestion, signal: AbortSignal): Promise<ErrorAnswer> {
    return this.#inTurn(async () => {
      for (;;) {
        const access = question.access();
        const choices = [
          '[c] clean up and end',
          '[a] end and leave everything as it is',
          question.step === 'provision'
            ? '[r] try again from the provisioner that failed'
            : '[r] try the step again',
          ...(question.mayContinue ? ['[g] go on without it'] : []),
          ...waysIn(access),
        ];
        const text =
          `==> ${question.build}: step "${question.step}" failed: ${question.message}\n` +
          `    ${choices.join('\n    ')}\n    What now? `;
        const answer = await this.#read(text, signal);
        if (await this.#visit(answer, access, signal)) continue;
        const decision = DECISIONS[answer.toLowerCase()];
        if (decision !== undefined && (decision !== 'continue' || question.mayContinue)) return decision;
      }
    });
  }

  pause(text: string, signal: AbortSignal, access: GuestAccess): Promise<void> {
    const sentence = text.charAt(0).toUpperCase() + text.slice(1).replace(/[.:]$/, '');
    const ways = waysIn(access);
    const also = ways.length === 0 ? '' : ` (or ${ways.join(', ')}, and Enter)`;
    return this.#inTurn(async () => {
      while (
        await this.#visit(
          await this.#read(`==> ${sentence}: press Enter to go on${also}. `, signal),
          access,
          signal,
        )
      );
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Shows the guest when that is what was asked for; false when it was something else. */
  async #visit(answer: string, { console, shell }: GuestAccess, signal: AbortSignal): Promise<boolean> {
    if (shell !== undefined && (answer === 's' || answer === 'shell')) {
      await this.#onTerminal(() => this.#useShell(shell, signal));
      return true;
    }
    if (console !== undefined && (answer === 'C' || answer === 'console')) {
      await this.#onTerminal(async () => {
        const { stdin: input, stdout: output } = this.#io;
        output.write('The serial console; ~. at the start of a line comes back.\n');
        const link = {
          watch: (listener: (text: string) => void) => console.watch(listener),
          write: (bytes: Uint8Array) => void console.write(bytes),
          ended: console.ended,
        };
        const how = await useConsole(link, { input, output, keys: true, signal });
        if (how === 'ended') output.write('The machine has ended.\n');
      });
      return true;
    }
    return false;
  }

  async #useShell(shell: NonNullable<GuestAccess['shell']>, signal: AbortSignal): Promise<void> {
    const { stdin: input, stdout: output, env } = this.#io;
    const terminal = process.stdout;
    output.write('A shell in the guest; exit comes back.\n');
    input.setRawMode?.(true);
    const restore = () => void input.setRawMode?.(false);
    process.once('exit', restore);
    try {
      await shell(
        {
          input,
          output: terminal,
          type: env['TERM'] ?? 'vt100',
          size: () => ({ columns: terminal.columns || 80, rows: terminal.rows || 24 }),
          onResize(listener) {
            terminal.on('resize', listener);
            return () => void terminal.off('resize', listener);
          },
        },
        signal,
      );
    } catch (error) {
      signal.throwIfAborted();
      output.write(`\r\nThe shell has ended: ${(error as Error).message}\r\n`);
    } finally {
      process.off('exit', restore);
      restore();
    }
  }

  async #onTerminal(work: () => Promise<void>): Promise<void> {
    this.#view.suspend();
    try {
      await work();
    } finally {
      this.#view.resume();
    }
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
      return (await Promise.race([reader.question(text, { signal }), closed])).trim();
    } finally {
      reader.close();
      this.#view.resume();
    }
  }
}

const DECISIONS: Readonly<Record<string, ErrorAnswer>> = {
  '': 'cleanup',
  c: 'cleanup',
  a: 'abort',
  r: 'retry',
  g: 'continue',
};

function waysIn({ console, shell }: GuestAccess): string[] {
  return [
    ...(shell === undefined ? [] : ['[s] a shell in the guest']),
    ...(console === undefined ? [] : ['[C] the serial console']),
  ];
}
