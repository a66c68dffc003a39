/**
 * Takes out of a guest's console what would command the terminal of the person who looks at it, or make it answer: strings
 * (window titles, the clipboard), device reports and window operations. Colours, cursor movements and the like pass. Sequences may be
 * split over two pieces.
 */
export class ConsoleFilter {
  #held = '';
  #inString = false;

  push(piece: string): string {
    let text = this.#held + piece;
    this.#held = '';
    let shown = '';
    while (text !== '') {
      if (this.#inString) {
        // BEL or ST end a string; a line end means that its end was lost.
        const end = /[\x07\x9c\n]|\x1b\\/.exec(text);
        if (end === null) {
          if (text.endsWith('\x1b')) this.#held = '\x1b';
          return shown;
        }
        text = text.slice(end.index + end[0].length);
        this.#inString = false;
        continue;
      }
      const next = /[\x1b\x90\x98\x9b\x9d\x9e\x9f]/.exec(text);
      shown += next === null ? text : text.slice(0, next.index);
      if (next === null) return shown;
      text = text.slice(next.index);
      const taken = this.#sequence(text);
      if (taken === undefined) {
        this.#held = text.length > LONGEST_SEQUENCE ? '' : text;
        return shown;
      }
      shown += taken.shown;
      text = text.slice(taken.length);
    }
    return shown;
  }

  /** The sequence at the start of `text`; undefined when it goes on in the next piece. */
  #sequence(text: string): { readonly shown: string; readonly length: number } | undefined {
    const string = /^(?:\x1b[P\]X^_]|[\x90\x98\x9d\x9e\x9f])/.exec(text);
    if (string !== null) {
      this.#inString = true;
      return { shown: '', length: string[0].length };
    }
    const control = /^(?:\x1b\[|\x9b)[0-?]*[ -/]*([@-~])/.exec(text);
    if (control !== null) {
      const asks = 'cntxqRp'.includes(control[1]!);
      return { shown: asks ? '' : control[0], length: control[0].length };
    }
    if (/^(?:\x1b\[?|\x9b)$|^(?:\x1b\[|\x9b)[0-?]*[ -/]*$|^\x1b[ -/]+$/.test(text)) return undefined;
    // ESC Z and ENQ's like make a terminal answer; the others are short and harmless.
    const short = /^\x1b[ -/]*([0-~])/.exec(text);
    if (short === null) return { shown: '', length: 1 };
    return { shown: short[1] === 'Z' ? '' : short[0], length: short[0].length };
  }
}

/** Characters; a longer one is no sequence that a terminal knows. */
const LONGEST_SEQUENCE = 64;
