/** What there is to write: scalars whose text is written as it is, strings, and collections of these. */
export type YamlNode =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly YamlNode[] }
  | { readonly kind: 'mapping'; readonly entries: readonly (readonly [string, YamlNode])[] };

/** Spaces for each level, and the column after which a blank in a quoted string becomes a line break. */
const INDENT = 2;
const WIDTH = 80;
/** Longer keys are written as "? key" with the value on a line of its own; in bytes. */
const LONGEST_SIMPLE_KEY = 128;

/**
 * Writes a YAML document in exactly the form that Packer's `yamlencode` has: that of libyaml's emitter in block style,
 * with every string in double quotes, or as a literal block when it holds a line break.
 */
export function emitYaml(root: YamlNode): string {
  return new Emitter().document(root);
}

/** Where a node stands: as a document, as a value of a mapping, as a short key, or in a list. */
type Place = 'root' | 'value' | 'key' | 'item';

class Emitter {
  #text = '';
  #column = 0;
  #indent = -1;
  /** The last thing written was a blank or nothing. */
  #whitespace = true;
  /** Only indentation and block indicators have been written on this line. */
  #indention = true;
  /** The document needs "..." to show where its last scalar ends. */
  #openEnded = false;

  document(root: YamlNode): string {
    this.#node(root, 'root');
    this.#writeIndent();
    if (this.#openEnded) {
      this.#indicator('...', true);
      this.#writeIndent();
    }
    return this.#text;
  }

  #node(node: YamlNode, place: Place): void {
    switch (node.kind) {
      case 'plain':
        this.#plain(node.text, place);
        break;
      case 'string':
        this.#string(node.text, place);
        break;
      case 'sequence':
        if (node.items.length === 0) this.#indicator('[]', true);
        else this.#sequence(node.items, place);
        break;
      case 'mapping':
        if (node.entries.length === 0) this.#indicator('{}', true);
        else this.#mapping(node.entries);
        break;
    }
  }

  #sequence(items: readonly YamlNode[], place: Place): void {
    const outer = this.#indent;
    // A list that is a value of a mapping stands at the indentation of its key.
    if (outer < 0) this.#indent = 0;
    else if (place !== 'value' || this.#indention) this.#indent += INDENT;
    for (const item of items) {
      this.#writeIndent();
      this.#indicator('-', true, true);
      this.#node(item, 'item');
    }
    this.#indent = outer;
  }

  #mapping(entries: readonly (readonly [string, YamlNode])[]): void {
    const outer = this.#indent;
    this.#indent = outer < 0 ? 0 : outer + INDENT;
    for (const [key, value] of entries) {
      this.#writeIndent();
      if (!hasBreak(key) && Buffer.byteLength(key) <= LONGEST_SIMPLE_KEY) {
        this.#string(key, 'key');
        this.#indicator(':', false);
      } else {
        this.#indicator('?', true, true);
        this.#string(key, 'value');
        this.#writeIndent();
        this.#indicator(':', true, true);
      }
      this.#node(value, 'value');
    }
    this.#indent = outer;
  }

  #plain(text: string, place: Place): void {
    if (!this.#whitespace) this.#put(' ');
    this.#put(text);
    this.#whitespace = false;
    this.#indention = false;
    if (place === 'root') this.#openEnded = true;
  }

  #string(text: string, place: Place): void {
    const outer = this.#indent;
    this.#indent = outer < 0 ? INDENT : outer + INDENT;
    if (text.includes('\n') && place !== 'key' && fitsLiteral(text)) this.#literal(text);
    else this.#quoted(text, place !== 'key');
    this.#indent = outer;
  }

  #literal(text: string): void {
    this.#indicator('|', true);
    if (/^[ \n\u2028\u2029]/.test(text)) this.#indicator(String(INDENT), false);
    if (!isBreak(text.at(-1))) this.#indicator('-', false);
    else if (text.length === 1 || isBreak(text.at(-2))) this.#indicator('+', false);
    this.#break('\n');
    for (const char of text) {
      if (isBreak(char)) {
        this.#break(char);
        continue;
      }
      if (this.#column === 0) this.#writeIndent();
      this.#put(char);
      this.#indention = false;
    }
  }

  #quoted(text: string, foldable: boolean): void {
    this.#indicator('"', true);
    // The reference takes every character for a byte order mark when the first one is.
    const escapeAll = text.startsWith('\ufeff');
    const chars = Array.from(text);
    let afterSpace = false;
    chars.forEach((char, index) => {
      const isSpace = char === ' ' && !escapeAll;
      const inner = index > 0 && index < chars.length - 1;
      if (isSpace && foldable && inner && !afterSpace && this.#column > WIDTH) {
        this.#writeIndent();
        if (chars[index + 1] === ' ') this.#put('\\');
      } else {
        this.#put(escapeAll || needsEscape(char) ? escape(char) : char);
      }
      afterSpace = isSpace;
    });
    this.#indicator('"', false);
    this.#whitespace = false;
    this.#indention = false;
  }

  #indicator(text: string, needsSpace: boolean, keepsIndention = false): void {
    if (needsSpace && !this.#whitespace) this.#put(' ');
    this.#put(text);
    this.#whitespace = false;
    this.#indention &&= keepsIndention;
    this.#openEnded = false;
  }

  #writeIndent(): void {
    const indent = Math.max(this.#indent, 0);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) {
      this.#break('\n');
    }
    this.#put(' '.repeat(Math.max(indent - this.#column, 0)));
    this.#whitespace = true;
    this.#indention = true;
  }

  #put(text: string): void {
    this.#text += text;
    this.#column += Array.from(text).length;
  }

  #break(char: string): void {
    this.#text += char;
    this.#column = 0;
    this.#whitespace = true;
    this.#indention = true;
  }
}

function isBreak(char: string | undefined): boolean {
  return char !== undefined && hasBreak(char);
}

function hasBreak(text: string): boolean {
  return /[\n\r\u0085\u2028\u2029]/.test(text);
}

/** Strings with a blank at the end of a line, or with characters that need an escape, cannot be literal blocks. */
function fitsLiteral(text: string): boolean {
  return (
    !/ (?:[\n\r\u0085\u2028\u2029]|$)/.test(text) && !Array.from(text).some((char) => !isPrintable(char))
  );
}

/** YAML's printable characters within the Basic Multilingual Plane; the emitter escapes those beyond. */
function isPrintable(char: string): boolean {
  return /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(char);
}

function needsEscape(char: string): boolean {
  return !isPrintable(char) || isBreak(char) || char === '"' || char === '\\';
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\u0085', 'N'],
  ['\u00a0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
]);

function escape(char: string): string {
  const short = SHORT_ESCAPES.get(char);
  if (short !== undefined) return `\\${short}`;
  const hex = (char.codePointAt(0) as number).toString(16).toUpperCase();
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  if (hex.length <= 4) return `\\u${hex.padStart(4, '0')}`;
  return `\\U${hex.padStart(8, '0')}`;
}
