import type { Range } from '../source.ts';
import { glyphs, type Glyph } from './display.ts';

/** How an excerpt looks. */
export interface ExcerptStyle {
  /** The number of terminal cells in a line. */
  readonly width: number;
  /** Whether there are characters beyond ASCII. */
  readonly unicode: boolean;
  readonly dim: (text: string) => string;
  readonly mark: (text: string) => string;
}

/** Of a longer subject, the first and the last lines are shown. */
const LONGEST_SUBJECT = 6;
const SHOWN_ENDS = 2;
/** How many lines of the context are shown before the subject, and after it. */
const CONTEXT_LINES = 2;

/** A text cut into lines, which are counted from 1. */
export class SourceLines {
  private readonly lines: readonly string[];
  private readonly offsets: number[] = [];

  constructor(text: string) {
    this.lines = text.split('\n');
    let offset = 0;
    for (const line of this.lines) {
      this.offsets.push(offset);
      offset += line.length + 1;
    }
  }

  get count(): number {
    return this.lines.length;
  }

  /** A line without its end; empty if there is none. */
  line(number: number): string {
    return (this.lines[number - 1] ?? '').replace(/\r$/, '');
  }

  /** Where a line starts. */
  offset(number: number): number {
    return this.offsets[number - 1] ?? 0;
  }
}

/**
 * The lines of the source with the subject marked by carets, and the lines of the context next to it. Long lines are
 * cut around the start of the subject. Offsets beyond the text are tolerated: it may have been edited in between.
 */
export function excerpt(
  source: SourceLines,
  subject: Range,
  context: Range | undefined,
  style: ExcerptStyle,
): string[] {
  const last = lastLine(subject);
  // A place on an empty line, such as the end of the file, is found by what is before it.
  const isBlank = source.line(subject.start.line).trim() === '';
  const wanted = Math.min(context?.start.line ?? Infinity, subject.start.line - (isBlank ? 1 : 0));
  const from = Math.max(1, subject.start.line - CONTEXT_LINES, wanted);
  const to = Math.min(source.count, last + CONTEXT_LINES, Math.max(context ? lastLine(context) : 0, last));
  const gutter = String(to).length;
  const lines: string[] = [];
  const room = Math.max(20, style.width - gutter - 5);
  const bar = style.unicode ? '│' : '|';
  for (let line = from; line <= to; line++) {
    const hidden = last - subject.start.line >= LONGEST_SUBJECT;
    if (hidden && line === subject.start.line + SHOWN_ENDS) {
      lines.push(style.dim(`  ${' '.repeat(gutter)} ${bar} ${style.unicode ? '…' : '...'}`));
      line = last - SHOWN_ENDS;
      continue;
    }
    const start = source.offset(line);
    const cut = cutLine(
      source.line(line),
      subject.start.offset - start,
      subject.end.offset - start,
      room,
      style,
    );
    lines.push(`${style.dim(`  ${String(line).padStart(gutter)} ${bar}`)} ${cut.text}`.trimEnd());
    if (line >= subject.start.line && line <= last && cut.carets !== '') {
      lines.push(`${style.dim(`  ${' '.repeat(gutter)} ${bar}`)} ${cut.indent}${style.mark(cut.carets)}`);
    }
  }
  return lines;
}

/** The last line that a range has a character on. */
function lastLine({ start, end }: Range): number {
  return end.column === 1 && end.line > start.line ? end.line - 1 : end.line;
}

interface CutLine {
  readonly text: string;
  readonly indent: string;
  readonly carets: string;
}

/** A line and the carets under its part from `from` to `to`, in `room` cells. */
function cutLine(line: string, from: number, to: number, room: number, style: ExcerptStyle): CutLine {
  const all = glyphs(line.replace(/^\ufeff/, ''));
  const skipped = line.startsWith('\ufeff') ? 1 : 0;
  const marked = markGlyphs(all, from - skipped, to - skipped);
  const total = all.reduce((sum, glyph) => sum + glyph.width, 0);
  let first = 0;
  if (total > room) {
    // A third of the room is for what is before the subject.
    let before = 0;
    for (let i = 0; i < marked.first; i++) before += (all[i] as Glyph).width;
    let rest = total;
    while (before > room / 3 && rest > room - 1) {
      const { width } = all[first] as Glyph;
      before -= width;
      rest -= width;
      first++;
    }
  }
  const dots = style.unicode ? '…' : '...';
  let text = first > 0 ? dots : '';
  let used = text.length;
  let indent = ' '.repeat(used);
  let carets = '';
  let at = first;
  for (; at < all.length; at++) {
    const glyph = all[at] as Glyph;
    const isLast = at === all.length - 1;
    if (used + glyph.width > room - (isLast ? 0 : dots.length)) break;
    text += glyph.text;
    used += glyph.width;
    if (at < marked.first) indent += ' '.repeat(glyph.width);
    else if (at < marked.last) carets += '^'.repeat(glyph.width);
  }
  if (at < all.length) text += dots;
  if (carets === '' && marked.empty && marked.first >= first) carets = '^';
  return { text, indent, carets };
}

/** Which glyphs of a line a stretch of it covers. Blanks at the start of its further lines are not marked. */
function markGlyphs(
  all: readonly Glyph[],
  from: number,
  to: number,
): { first: number; last: number; empty: boolean } {
  let offset = 0;
  let first = all.length;
  let last = 0;
  all.forEach((glyph, index) => {
    const blank = from < 0 && glyph.text.trim() === '' && first === all.length;
    if (offset + glyph.length > from && offset < to && !blank) {
      first = Math.min(first, index);
      last = index + 1;
    }
    offset += glyph.length;
  });
  if (last > 0) return { first, last, empty: false };
  // A range of no length, or one that is beyond the end of the line.
  let count = 0;
  for (let at = 0; count < all.length && at < from; count++) at += (all[count] as Glyph).length;
  return { first: count, last: count, empty: from >= 0 };
}
