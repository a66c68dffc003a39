import { graphemeCount } from '../graphemes.ts';
import { rangeBetween } from '../source.ts';
import type { Pos, Range, Source } from '../source.ts';
import type { TokenList } from './token.ts';

/**
 * A text together with what is needed to tell lines and columns in it. Nothing is computed until a position is asked
 * for: most ranges of a tree are never printed.
 */
export class SourceText {
  readonly filename: string;
  readonly text: string;
  /** The tokens of the text; clusters never extend over the border between two tokens. */
  tokens: TokenList | undefined;
  private lineStarts: number[] | undefined;
  /** The last answer: how many columns of its line are before an offset. */
  private known = { offset: -1, columns: 0 };

  constructor(source: Source) {
    this.filename = source.filename;
    this.text = source.text;
  }

  /** The offset of the first character after a byte order mark. */
  get start(): number {
    return this.text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  range(start: number, end: number): Range {
    return new LazyRange(this, start, end);
  }

  /** From the start of one range of this text to the end of another. */
  between(first: Range, last: Range): Range {
    if (first instanceof LazyRange && last instanceof LazyRange) return this.range(first.from, last.to);
    return rangeBetween(first, last);
  }

  position(offset: number): Pos {
    const starts = (this.lineStarts ??= this.findLines());
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    const lineStart = starts[low] as number;
    // Questions about one line mostly come in order, and lines may be long: go on from the last answer.
    const { known } = this;
    const goOn = known.offset >= lineStart && known.offset <= offset;
    const columns = goOn
      ? known.columns + this.columns(known.offset, offset)
      : this.columns(lineStart, offset);
    this.known = { offset, columns };
    return { line: low + 1, column: columns + 1, offset };
  }

  /** The number of columns between two offsets in a line. */
  private columns(from: number, to: number): number {
    const { text, tokens } = this;
    let at = from;
    while (at < to && text.charCodeAt(at) < 0x80 && text.charCodeAt(at) !== 13) at++;
    if (at >= to) return Math.max(0, to - from);
    if (tokens === undefined) return graphemeCount(text.slice(from, to));

    let columns = 0;
    let done = from;
    for (let i = tokens.firstEndingAfter(from); i < tokens.length && done < to; i++) {
      const start = Math.min(to, Math.max(from, tokens.starts[i] as number));
      const end = Math.min(to, tokens.ends[i] as number);
      columns += start - done; // Only blanks are between tokens.
      if (end > start) columns += graphemeCount(text.slice(start, end));
      done = Math.max(start, end);
    }
    return columns + (to - done);
  }

  private findLines(): number[] {
    const starts = [this.start];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    return starts;
  }
}

/** Text that is written in another text with escapes, such as a template in a JSON string. */
export class EmbeddedText extends SourceText {
  private readonly outer: SourceText;
  private readonly offsets: (inner: number) => number;

  /** `offsets` gives for an offset in `text` the offset in `outer`. */
  constructor(outer: SourceText, text: string, offsets: (inner: number) => number) {
    super({ filename: outer.filename, text });
    this.outer = outer;
    this.offsets = offsets;
  }

  // A string may start with U+FEFF, which is no byte order mark there.
  override get start(): number {
    return 0;
  }

  override position(offset: number): Pos {
    return this.outer.position(this.offsets(offset));
  }
}

/** A range that computes its lines and columns when they are asked for. */
class LazyRange implements Range {
  readonly from: number;
  readonly to: number;
  private readonly source: SourceText;

  constructor(source: SourceText, from: number, to: number) {
    this.source = source;
    this.from = from;
    this.to = to;
  }

  get filename(): string {
    return this.source.filename;
  }

  get start(): Pos {
    return this.source.position(this.from);
  }

  get end(): Pos {
    return this.source.position(this.to);
  }

  toJSON(): Range {
    return { filename: this.filename, start: this.start, end: this.end };
  }
}
