/**
 * Removes terminal control sequences (ECMA-48) from a stream of console bytes, so that text can be searched. Firmware with
 * a serial console inserts cursor movements at any place, also inside a word, and a sequence may be split over two chunks.
 * Kept are printable characters, CR, LF and TAB.
 */
export class AnsiStripper {
  readonly #decoder = new TextDecoder('utf-8');
  #state: 'text' | 'escape' | 'charset' | 'csi' | 'string' | 'string-escape' = 'text';

  /** The visible text of the next chunk; characters and sequences may continue in the one after it. */
  push(chunk: Uint8Array | string): string {
    let text = '';
    for (const character of typeof chunk === 'string'
      ? chunk
      : this.#decoder.decode(chunk, { stream: true })) {
      if (this.keeps(character)) text += character;
    }
    return text;
  }

  /** Whether the next character is visible text, for those who need to know where sequences stand. */
  keeps(character: string): boolean {
    switch (this.#state) {
      case 'text':
        if (character === '\x1b') this.#state = 'escape';
        else if (character === '\x9b') this.#state = 'csi';
        else return /[^\p{Cc}]|[\r\n\t]/u.test(character);
        return false;
      case 'escape':
        this.#state = afterEscape(character);
        return false;
      case 'charset':
        this.#state = 'text';
        return false;
      case 'csi':
        if (character === '\x1b') this.#state = 'escape';
        // Parameter and intermediate bytes are 0x20 to 0x3F; control characters inside a sequence do not end it.
        else if (character >= '@') this.#state = 'text';
        return false;
      case 'string':
        if (character === '\x1b') this.#state = 'string-escape';
        // A line end inside a string (window title …) means that its end was lost: go on with the text.
        else if (character === '\x07' || character === '\x9c' || character === '\n') this.#state = 'text';
        return false;
      case 'string-escape':
        this.#state = character === '\\' ? 'text' : 'string';
        return false;
    }
  }
}

function afterEscape(character: string): 'text' | 'escape' | 'charset' | 'csi' | 'string' {
  if (character === '[') return 'csi';
  if (']PX^_'.includes(character)) return 'string';
  if (character === '\x1b') return 'escape';
  // ESC and an intermediate byte (0x20 to 0x2F) take one more character, such as ESC ( B.
  return character >= ' ' && character <= '/' ? 'charset' : 'text';
}

/** `text` without terminal control sequences. */
export function stripAnsi(text: string): string {
  return new AnsiStripper().push(text);
}
