import { ESCAPED_BYTE } from '../encoding.ts';
import { graphemes, isAscii } from '../graphemes.ts';

/** A piece of text as a terminal shows it, and how many cells it takes there. */
export interface Glyph {
  readonly text: string;
  readonly width: number;
  /** How many UTF-16 code units of the original it stands for. */
  readonly length: number;
}

const TAB = '  ';

/** Control characters, line separators, and what changes the direction of text: nothing that a terminal should get. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

/** Characters that take two cells: Hangul, CJK, fullwidth forms, and emoji. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;

/** Cuts a line into what a terminal shows; what could confuse it is replaced. */
export function glyphs(line: string): Glyph[] {
  const clusters = isAscii(line) ? line.split('') : graphemes(line);
  return clusters.map((cluster) => {
    const { length } = cluster;
    if (cluster === '\t') return { text: TAB, width: TAB.length, length };
    if (UNSAFE.test(cluster) || ESCAPED_BYTE.test(cluster)) return { text: '\ufffd', width: 1, length };
    if (/^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(cluster)) return { text: cluster, width: 0, length };
    return { text: cluster, width: WIDE.test(cluster) ? 2 : 1, length };
  });
}

/** A text of several lines without what could confuse a terminal. */
export function printable(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      glyphs(line)
        .map((glyph) => glyph.text)
        .join(''),
    )
    .join('\n');
}

/** The number of terminal cells that a line takes. */
export function displayWidth(line: string): number {
  return glyphs(line).reduce((sum, glyph) => sum + glyph.width, 0);
}

/**
 * Breaks paragraphs at blanks so that no line is wider than `width`, if its words are not. Lines that start with a
 * blank are left as they are: they are examples.
 */
export function wrap(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? [line] : wrapLine(line, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  let used = 0;
  for (const word of line.split(' ')) {
    const wide = displayWidth(word);
    if (current !== '' && used + 1 + wide > width) {
      lines.push(current);
      current = word;
      used = wide;
    } else {
      current = current === '' ? word : `${current} ${word}`;
      used += wide + (used > 0 ? 1 : 0);
    }
  }
  lines.push(current);
  return lines;
}
