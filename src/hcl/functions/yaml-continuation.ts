/** More than any text is indented by. */
const PADDING = ' '.repeat(200);

/**
 * The text with every line indented further that goes on with a quoted scalar or a collection in brackets. Such lines
 * mean the same with any indentation. YAML 1.1, and so Packer, lets them begin in any column; YAML 1.2 wants them to be
 * indented more than what they belong to, and the parser does too.
 */
export function indentContinuations(text: string): string {
  const scanner = new Scanner();
  return text
    .split('\n')
    .map((line) => {
      const padded = scanner.continues ? PADDING + line : line;
      scanner.line(line);
      return padded;
    })
    .join('\n');
}

/** Follows a text line by line, just closely enough to know what is quoted and what is in brackets. */
class Scanner {
  #quote: '"' | "'" | undefined;
  #depth = 0;
  /** Within a block scalar: the column of what it belongs to; its lines are indented more. */
  #blockParent: number | undefined;
  /** The column of the last key or dash, which a block scalar after it belongs to. */
  #parent = -1;
  /** A scalar or collection may begin here. */
  #atStart = true;

  get continues(): boolean {
    return this.#quote !== undefined || this.#depth > 0;
  }

  line(line: string): void {
    if (!this.continues) {
      if (this.#isBlockLine(line)) return;
      this.#blockParent = undefined;
      this.#atStart = true;
      if (/^(?:---|\.\.\.)(?:\s|$)/.test(line)) this.#parent = -1;
    }
    let index = /^---\s/.test(line) && !this.continues ? 3 : 0;
    while (index < line.length) {
      if (this.#quote !== undefined) index = this.#quoted(line, index);
      else if (/^(?:#| +#|\t+#)/.test(line.slice(index)) && /^$|\s/.test(line.charAt(index - 1) || ' '))
        return;
      else if (this.#depth > 0) index = this.#flow(line, index);
      else index = this.#block(line, index);
    }
  }

  #isBlockLine(line: string): boolean {
    if (this.#blockParent === undefined) return false;
    return line.trim() === '' || line.search(/[^ ]/) > this.#blockParent;
  }

  /** Goes on to the end of the quotes, or of the line. */
  #quoted(line: string, start: number): number {
    const pattern = this.#quote === '"' ? /(?:[^"\\]|\\.|\\$)*/y : /(?:[^']|'')*/y;
    pattern.lastIndex = start;
    const end = start + (pattern.exec(line)?.[0].length ?? 0);
    if (end < line.length) this.#quote = undefined;
    return end + 1;
  }

  #flow(line: string, index: number): number {
    const char = line.charAt(index);
    if (char === '[' || char === '{') this.#depth += 1;
    else if (char === ']' || char === '}') this.#depth -= 1;
    else if (this.#atStart && (char === '"' || char === "'")) this.#quote = char;
    this.#atStart = /[[{,:]/.test(char) || (this.#atStart && /\s/.test(char));
    return index + 1;
  }

  #block(line: string, index: number): number {
    const rest = line.slice(index);
    const char = rest.charAt(0);
    if (/^\s/.test(rest)) return index + 1;
    if (this.#atStart && /^[-?](?:\s|$)/.test(rest)) {
      this.#parent = index;
      return index + 1;
    }
    if (/^:(?:\s|$)/.test(rest)) {
      this.#atStart = true;
      return index + 1;
    }
    if (!this.#atStart) return index + 1;
    const property = /^[&*!]\S*/.exec(rest);
    if (property !== null) return index + property[0].length;
    if (/^[|>][-+\d]*\s*(?:#.*)?$/.test(rest)) {
      this.#blockParent = this.#parent;
      return line.length;
    }
    this.#atStart = false;
    if (/^["']?(?:[^"'#]|\S#)*["']?\s*:(?:\s|$)/.test(rest)) this.#parent = index;
    if (char === '"' || char === "'") this.#quote = char;
    if (char === '[' || char === '{') {
      this.#depth = 1;
      this.#atStart = true;
    }
    return index + 1;
  }
}
