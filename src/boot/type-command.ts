import { setTimeout as delay } from 'node:timers/promises';
import { abortable } from '../lib/abort.ts';
import { EchoWatch } from './echo.ts';
import { KeyEncoder } from './encode.ts';
import type { BootExpression, KeyExpression } from './expression.ts';
import { parseBootCommand } from './parse.ts';

/** The serial console as far as typing needs it; the console of a hypervisor's machine is one. */
export interface TypingConsole {
  /** Subscribes to output, past output first; returns the function that unsubscribes. */
  onData(listener: (chunk: Uint8Array) => void): () => void;
  /** Rejects when the console is gone. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface TypingOptions {
  readonly signal: AbortSignal;
  /** Milliseconds after each key. Absent: the next key follows the echo of the one before. */
  readonly keyInterval?: number;
  /** Milliseconds after each group of keys, a group being what stands between two waits. Default: 0. */
  readonly groupInterval?: number;
  /** Sees every expression before it is carried out. */
  readonly onKey?: (expression: BootExpression) => void;
}

/**
 * Milliseconds to wait for the echo of a character while the guest may well echo. A machine that gets no processor time is late,
 * and keys sent meanwhile would be lost: firmware and boot loaders keep few.
 */
const ECHO_PATIENCE = 2000;
/**
 * Milliseconds to wait for it after a key without an echo, and for what keys without a picture of their own (Enter, arrows) may
 * print. The slowest echo known on an idle machine, SeaBIOS's own serial console at one key per timer tick, takes 109.
 */
const ECHO_TIMEOUT = 150;
/** So many keys without an echo in a row mean that the guest does not echo, as at a password prompt. */
const SILENT_KEYS = 3;
/** Milliseconds per key when the guest does not echo. A BIOS takes one key in 55, and keeps 15. */
export const SILENT_INTERVAL = 55;

/**
 * Types a boot command, already rendered, on a serial console. Waits are waited for in full after the keys before them
 * have been sent, and end at once when `signal` aborts.
 * @throws the abort reason; Error when the command has an error; what `console.write` rejects with.
 */
export async function typeBootCommand(
  console: TypingConsole,
  command: string,
  options: TypingOptions,
): Promise<void> {
  options.signal.throwIfAborted();
  const { expressions, problems } = parseBootCommand(command);
  const error = problems.find((problem) => problem.severity === 'error');
  if (error !== undefined) throw new Error(`The boot command cannot be typed: ${error.message}`);
  const typist = new Typist(console, options);
  try {
    for (const [index, expression] of expressions.entries()) {
      options.signal.throwIfAborted();
      options.onKey?.(expression);
      if (expression.type === 'wait') {
        await pause(expression.milliseconds, options.signal);
        continue;
      }
      await typist.type(expression);
      const next = expressions[index + 1];
      if (next === undefined || next.type === 'wait') await pause(options.groupInterval ?? 0, options.signal);
    }
  } finally {
    typist.close();
  }
}

class Typist {
  readonly #console: TypingConsole;
  readonly #options: TypingOptions;
  readonly #encoder = new KeyEncoder();
  readonly #echo = new EchoWatch();
  readonly #unsubscribe: () => void;
  #silentKeys = 0;

  constructor(console: TypingConsole, options: TypingOptions) {
    this.#console = console;
    this.#options = options;
    this.#unsubscribe = console.onData((chunk) => this.#echo.push(chunk));
  }

  close(): void {
    this.#unsubscribe();
  }

  async type(expression: KeyExpression): Promise<void> {
    const bytes = this.#encoder.encode(expression);
    if (bytes.length === 0) return;
    const { keyInterval, signal } = this.#options;
    if (keyInterval !== undefined) {
      await abortable(this.#console.write(bytes), signal);
      await pause(keyInterval, signal);
      return;
    }
    const character = echoOf(bytes);
    const echo = this.#echo.expect(character);
    try {
      await abortable(this.#console.write(bytes), signal);
    } catch (error) {
      echo.cancel();
      throw error;
    }
    const echoed = await echo.within(this.#patience(character), signal);
    this.#silentKeys = echoed ? 0 : this.#silentKeys + 1;
  }

  #patience(character: string): number {
    if (this.#silentKeys >= SILENT_KEYS) return SILENT_INTERVAL;
    return character !== '' && this.#silentKeys === 0 ? ECHO_PATIENCE : ECHO_TIMEOUT;
  }
}

/** The character that a terminal shows for a key, or "" when that cannot be told. */
function echoOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return /^\P{Cc}$/u.test(text) ? text : '';
}

/** A timer of Node holds at most 2^31 - 1 ms; longer waits are made of several. */
const LONGEST_TIMER = 2 ** 31 - 1;

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let rest = milliseconds; rest > 0; rest -= LONGEST_TIMER) {
    try {
      await delay(Math.min(rest, LONGEST_TIMER), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}
