import { type Place, VmConfError } from './config.ts';

export interface Token {
  readonly type: 'word' | 'string' | 'newline' | '{' | '}' | '=' | ',' | 'end';
  /** The word, or the contents of the string. */
  readonly text: string;
  readonly place: Place;
}

/**
 * Splits a vm.conf(5) into tokens: words, quoted strings, newlines and `{ } = ,`. A `#` starts a comment, a backslash at the
 * end of a line joins it with the next, and `$name` outside quotes stands for the text of a macro.
 */
export class Lexer {
  readonly #text: string;
  readonly #file: string;
  readonly #macros: ReadonlyMap<string, string>;
  #position = 0;
  #line = 1;
  #lineStart = 0;
  /** Tokens of a macro that is being read; all of them stand at the place where the macro is used. */
  #expansion: Token[] = [];

  /** `macros` may grow while the text is read. */
  constructor(text: string, file: string, macros: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#file = file;
    this.#macros = macros;
  }

  next(): Token {
    const expanded = this.#expansion.shift();
    if (expanded !== undefined) return expanded;
    this.#skipBlanks();
    const place = this.#place();
    const character = this.#text[this.#position];
    switch (character) {
      case undefined:
        return { type: 'end', text: '', place };
      case '\n':
        this.#position++;
        this.#startLine();
        return { type: 'newline', text: '\n', place };
      case '{':
      case '}':
      case '=':
      case ',':
        this.#position++;
        return { type: character, text: character, place };
      case '"':
      case "'":
        return { type: 'string', text: this.#quoted(character, place), place };
      case '$':
        return this.#macro(place);
      default:
        return { type: 'word', text: this.#word(place), place };
    }
  }

  #place(): Place {
    return { file: this.#file, line: this.#line, column: this.#position - this.#lineStart + 1 };
  }

  #startLine(): void {
    this.#line++;
    this.#lineStart = this.#position;
  }

  #skipBlanks(): void {
    for (;;) {
      const rest = this.#text.slice(this.#position, this.#position + 3);
      if (/^[ \t\r]/.test(rest)) this.#position++;
      else if (/^\\\r?\n/.test(rest)) {
        this.#position += rest.startsWith('\\\r') ? 3 : 2;
        this.#startLine();
      } else if (rest.startsWith('#')) {
        const end = this.#text.indexOf('\n', this.#position);
        this.#position = end < 0 ? this.#text.length : end;
      } else return;
    }
  }

  #quoted(quote: string, place: Place): string {
    let text = '';
    for (let index = this.#position + 1; index < this.#text.length; index++) {
      const character = this.#text[index] ?? '';
      if (character === quote) {
        this.#position = index + 1;
        return text;
      }
      if (character === '\n') break;
      const next = this.#text[index + 1] ?? '';
      if (character === '\\' && (next === quote || next === ' ' || next === '\t' || next === '\\')) {
        text += next;
        index++;
      } else text += character;
    }
    throw new VmConfError(place, `a text in ${quote} quotes does not end on its line`);
  }

  #word(place: Place): string {
    // The characters that parse.y allows in a word.
    const word = /^[^\s{}(),=!<>#"'$]+/.exec(this.#text.slice(this.#position))?.[0];
    if (word === undefined) throw new VmConfError(place, `unexpected "${this.#text[this.#position]}"`);
    this.#position += word.length;
    return word;
  }

  #macro(place: Place): Token {
    this.#position++;
    const name = /^[A-Za-z0-9_]*/.exec(this.#text.slice(this.#position))?.[0] ?? '';
    this.#position += name.length;
    const value = this.#macros.get(name);
    if (value === undefined) {
      throw new VmConfError(
        place,
        `the macro $${name} is not defined; macros are set above their use: ${name} = "value"`,
      );
    }
    const lexer = new Lexer(value, this.#file, NO_MACROS);
    for (let token = lexer.next(); token.type !== 'end'; token = lexer.next()) {
      this.#expansion.push({ ...token, place });
    }
    return this.next();
  }
}

/** The text of a macro has its own macros replaced when it is set. */
const NO_MACROS: ReadonlyMap<string, string> = new Map();
