/** A bracket that is not closed where the indentation says that it is. */
export interface Unclosed {
  /** The offset of the bracket. */
  readonly opening: number;
  /** What closes it. */
  readonly closer: string;
  /** The offset of the line before which it should be closed. */
  readonly before: number;
}

const CLOSERS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/**
 * Guesses by the indentation which of the blocks and collections from an offset on is not closed. Only brackets at the
 * ends of lines count: those are closed at the start of a line that is indented as theirs is.
 * @param from the start of a line.
 */
export function findUnclosed(text: string, from: number): Unclosed | undefined {
  const open: { opening: number; indent: number; closer: string }[] = [];
  let marker: string | undefined;
  let at = from;
  for (const line of text.slice(from).split('\n')) {
    const start = at;
    at += line.length + 1;
    if (marker !== undefined) {
      if (line.trim() === marker) marker = undefined;
      continue;
    }
    const code = line.replace(/[ \t]*(?:#|\/\/)[^"]*$/, '').trimEnd();
    if (code === '') continue;
    const indent = code.length - code.trimStart().length;
    const closes = /^[ \t]*[}\])]/.test(code);
    const top = open.at(-1);
    if (top && indent <= top.indent && !(closes && indent === top.indent)) {
      return { opening: top.opening, closer: top.closer, before: start };
    }
    if (top && closes) open.pop();
    marker = /<<-?([\w-]+)$/.exec(code)?.[1];
    const closer = CLOSERS[code.at(-1) ?? ''];
    if (closer !== undefined) open.push({ opening: start + code.length - 1, indent, closer });
  }
  return undefined;
}
