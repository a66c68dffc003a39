import { AnsiStripper } from '../../lib/ansi.ts';
import { MASK } from '../redact.ts';
import type { Form, Redactor, StreamRedactor } from '../redact.ts';

/** A loader wraps its lines in the last column of the 80, or behind it. */
const WRAP_COLUMN = 79;
/** Characters of control sequences, for each of a secret and at least, behind which its rest is not waited for any more. */
const GAP_EACH = 16;
const GAP_LEAST = 4096;
/** More than the longest sequence that moves the cursor to a column. */
const LONGEST_MOVE = 16;

/** A visible character of the console. */
interface Cell {
  readonly character: string;
  /** A line end at the right border, or the blank before it: not part of what was typed. */
  readonly isWrap: boolean;
  /** The control sequences and control characters that follow. */
  after: string;
}

/**
 * Removes secrets from the bytes of a console as they arrive. Firmware and boot loaders echo what is typed with cursor movements
 * between the characters, wrap it at the right border, and where both of them write to the serial port each character comes
 * twice: a secret is found through all of that, however the text is cut into pieces. Held back is only what may be the beginning
 * of a secret. The control sequences inside a secret stay, so that what follows stands where it should.
 */
export class ConsoleRedactor {
  readonly #redactor: Redactor;
  readonly #stripper = new AnsiStripper();
  /** Finds what stands inside a control sequence, such as a window title. */
  readonly #inSequences: StreamRedactor;
  readonly #column = new Column();
  #cells: Cell[] = [];
  /** The visible character before the cells; empty if a control sequence is between. */
  #before = '';

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
    this.#inSequences = redactor.stream();
  }

  /** The part of what has arrived that is certain to be without secrets; the rest is held back. */
  push(piece: string): string {
    let lead = '';
    for (const character of piece.split('')) {
      const isVisible = this.#stripper.keeps(character);
      const isWrap = this.#column.passes(character, isVisible);
      const last = this.#cells.at(-1);
      if (isVisible) this.#cells.push({ character, isWrap, after: '' });
      else if (last) last.after += character;
      else lead += character;
    }
    if (lead !== '') this.#before = '';
    return this.#inSequences.push(lead + this.#take(false));
  }

  /** The rest, at the end of the console. */
  flush(): string {
    return this.#inSequences.push(this.#take(true)) + this.#inSequences.flush();
  }

  #take(final: boolean): string {
    let clean = '';
    let at = 0;
    while (at < this.#cells.length) {
      const found = this.#at(at, final);
      if (found === 'open') break;
      const end = found ?? at + 1;
      if (found !== undefined) clean += MASK;
      for (; at < end; at++) {
        const { character, isWrap, after } = this.#cells[at] as Cell;
        clean += found === undefined || isWrap ? character + after : after;
        this.#before = after === '' ? character : '';
      }
    }
    this.#cells = this.#cells.slice(at);
    return clean;
  }

  /** The end of the secret that begins at this cell; `open` when that cannot be known before more arrives. */
  #at(at: number, final: boolean): number | 'open' | undefined {
    const { character } = this.#cells[at] as Cell;
    for (const form of this.#redactor.formsAt(character)) {
      if (form.word && /\w/.test(this.#before)) continue;
      for (const times of [2, 1]) {
        const end = this.#match(form, times, at);
        if (end === undefined || (end === 'open' && final)) continue;
        if (end === 'open' || !form.word) return end;
        const isBorder = (this.#cells[end - 1] as Cell).after !== '';
        const next = this.#cells[end]?.character;
        if (next === undefined && !isBorder && !final) return 'open';
        if (isBorder || !/\w/.test(next ?? '')) return end;
      }
    }
    return undefined;
  }

  /** Whether the cells from `start` on show `form`, each of its characters so many times. */
  #match({ text }: Form, times: number, start: number): number | 'open' | undefined {
    let at = start;
    let gap = 0;
    for (let index = 0; index < text.length * times; at++) {
      const cell = this.#cells[at];
      if (cell === undefined) return gap > GAP_LEAST + GAP_EACH * text.length ? undefined : 'open';
      if (cell.character === text.charAt(Math.floor(index / times))) index++;
      else if (!cell.isWrap || index === 0) return undefined;
      else gap++;
      gap += cell.after.length;
    }
    return at;
  }
}

/** The column of the cursor, as far as it is needed to tell a line that was wrapped from one that has ended. */
class Column {
  #column = 0;
  #isWrapping = false;
  #sequence = '';

  /** Follows the next character; true if it belongs to a wrap of the line. */
  passes(character: string, isVisible: boolean): boolean {
    if (!isVisible) {
      this.#move(character);
      return false;
    }
    this.#sequence = '';
    if (character === '\r' || character === '\n') {
      this.#isWrapping ||= this.#column >= WRAP_COLUMN;
      this.#column = 0;
      return this.#isWrapping;
    }
    this.#isWrapping = false;
    this.#column += character === '\t' ? 8 - (this.#column % 8) : 1;
    // Shells make a terminal go to its next line by a blank, which a carriage return then takes back.
    return character === ' ' && this.#column === WRAP_COLUMN + 2;
  }

  #move(character: string): void {
    if (character === '\b') this.#column = Math.max(0, this.#column - 1);
    this.#sequence = character === '\x1b' ? character : (this.#sequence + character).slice(-LONGEST_MOVE);
    const [, numbers = '', kind] = /^\x1b\[([\d;]*)([CDGHf])$/.exec(this.#sequence) ?? [];
    if (kind === undefined) return;
    const count = Number(numbers.split(';').at(-1)) || 1;
    if (kind === 'C') this.#column += count;
    else if (kind === 'D') this.#column = Math.max(0, this.#column - count);
    else this.#column = (kind === 'G' || numbers.includes(';') ? count : 1) - 1;
  }
}
