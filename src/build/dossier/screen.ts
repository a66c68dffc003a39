import type { IBuffer } from '@xterm/headless';

/** What serial consoles take a terminal for. */
const COLUMNS = 80;
const ROWS = 24;
/** Lines above the screen that are shown too. */
const SCROLLBACK = 100;

export interface Screen {
  /** What has scrolled off the screen, oldest first. */
  readonly above: readonly string[];
  /** What the screen shows. A line that was too long for it is given in one piece. */
  readonly lines: readonly string[];
  /** Place of the cursor on the screen, from 1. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/** The screen of a terminal that was sent `text`, escape sequences included. */
export async function renderScreen(text: string): Promise<Screen> {
  const loaded = await import('@xterm/headless');
  // A CommonJS module: which of the two shapes Node gives depends on who loads it.
  const { Terminal } = (loaded.default as typeof loaded | undefined) ?? loaded;
  const terminal = new Terminal({
    cols: COLUMNS,
    rows: ROWS,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
  });
  try {
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    const { active } = terminal.buffer;
    return {
      above: linesOf(active, 0, active.baseY),
      lines: linesOf(active, active.baseY, active.baseY + ROWS),
      cursor: { row: active.cursorY + 1, column: active.cursorX + 1 },
    };
  } finally {
    terminal.dispose();
  }
}

/** Lines with those that follow only because the terminal ran out of columns joined to one, without empty ones at the end. */
function linesOf(buffer: IBuffer, from: number, to: number): string[] {
  const lines: string[] = [];
  for (let row = from; row < to; row++) {
    const line = buffer.getLine(row);
    if (line === undefined) break;
    const goesOn = buffer.getLine(row + 1)?.isWrapped === true && row + 1 < to;
    const text = line.translateToString(!goesOn);
    if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
    else lines.push(text);
  }
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines.map((line) => line.trimEnd());
}
