import type { Readable } from 'node:stream';
import { AnsiStripper } from '../../lib/ansi.ts';
import { EscapeReader } from './escapes.ts';
import { ConsoleFilter } from './filter.ts';
import type { Output } from '../io.ts';

/** The console of a running build, of this process or of another one. */
export interface ConsoleLink {
  /** The listener first gets the recent past. Returns the function that unsubscribes. */
  watch(listener: (text: string) => void): () => void;
  write(bytes: Uint8Array): void;
  /** Resolves when no more will come. */
  readonly ended: Promise<unknown>;
}

export interface ConsoleUse {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: Output;
  /** Keys go to the guest; `~.` at the start of a line leaves. */
  readonly keys: boolean;
  readonly signal: AbortSignal;
}

/** Colours and the like off, the cursor visible, the main screen, all of it scrolling. */
const RESET = '\x1b[0m\x1b[?25h\x1b[?1049l\x1b[r';

/**
 * Shows a console on the terminal of a person until it ends, the person leaves, or the signal aborts. The terminal is then as it
 * was, also when the process exits in between.
 */
export async function useConsole(
  link: ConsoleLink,
  { input, output, keys, signal }: ConsoleUse,
): Promise<'ended' | 'left'> {
  const raw = keys && input.isTTY === true;
  const filter = new ConsoleFilter();
  const stripper = new AnsiStripper();
  const shown = (text: string) => (output.isTerminal ? filter.push(text) : stripper.push(Buffer.from(text)));
  const restore = () => {
    if (raw) input.setRawMode?.(false);
    if (output.isTerminal) output.write(`${RESET}\r\n`);
  };
  let settle: (how: 'ended' | 'left') => void = () => {};
  const done = new Promise<'ended' | 'left'>((resolve) => (settle = resolve));
  const leave = () => settle('left');
  const escapes = new EscapeReader();
  const type = (chunk: Buffer) => {
    // Without a terminal nobody types escapes: a script's input is the guest's.
    const typed = raw ? escapes.push(chunk) : { bytes: chunk, leave: false };
    if (typed.bytes.length > 0) link.write(typed.bytes);
    if (typed.leave) leave();
  };
  if (raw) input.setRawMode?.(true);
  process.once('exit', restore);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  void link.ended.then(() => settle('ended'));
  const unwatch = link.watch((text) => output.write(shown(text)));
  if (keys) input.on('data', type).resume();
  try {
    return await done;
  } finally {
    unwatch();
    if (keys) input.off('data', type).pause();
    signal.removeEventListener('abort', leave);
    process.off('exit', restore);
    restore();
  }
}
