/** A place in a source text. */
export interface Pos {
  /** Line number, from 1. */
  readonly line: number;
  /** Column number, from 1, counted in grapheme clusters (a tab is one, a byte order mark is none). */
  readonly column: number;
  /** Offset into the source string in UTF-16 code units, from 0. */
  readonly offset: number;
}

/** A stretch of source text: `start` included, `end` excluded. */
export interface Range {
  readonly filename: string;
  readonly start: Pos;
  readonly end: Pos;
}

/** A text to parse, with the name under which diagnostics speak of it. */
export interface Source {
  readonly filename: string;
  readonly text: string;
}

/** The range from the start of `first` to the end of `last`. */
export function rangeBetween(first: Range, last: Range): Range {
  return { filename: first.filename, start: first.start, end: last.end };
}

/** The empty range at the start of `range`. */
export function startOf(range: Range): Range {
  return { filename: range.filename, start: range.start, end: range.start };
}
