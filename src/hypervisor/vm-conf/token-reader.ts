import { VmConfError } from './config.ts';
import { Lexer, type Token } from './lexer.ts';

/** Reads tokens with one of look-ahead, and says what was expected when something else is there. */
export class TokenReader {
  readonly #lexer: Lexer;
  #next: Token | undefined;

  constructor(text: string, file: string, macros: ReadonlyMap<string, string>) {
    this.#lexer = new Lexer(text, file, macros);
  }

  peek(): Token {
    return (this.#next ??= this.#lexer.next());
  }

  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    return token;
  }

  skipNewlines(): void {
    while (this.peek().type === 'newline') this.take();
  }

  /** Takes an unquoted word. */
  word(what: string): Token {
    const token = this.take();
    if (token.type !== 'word') throw unexpected(token, what);
    return token;
  }

  /** Takes a word or a quoted text. */
  string(what: string): string {
    const token = this.take();
    if (token.type !== 'word' && token.type !== 'string') throw unexpected(token, what);
    return token.text;
  }

  /** Takes the next token if it is the keyword `text`. */
  takeWord(text: string): boolean {
    const token = this.peek();
    if (token.type !== 'word' || token.text !== text) return false;
    this.take();
    return true;
  }

  expectWord(text: string): void {
    if (!this.takeWord(text)) throw unexpected(this.peek(), `"${text}"`);
  }

  endOfStatement(): void {
    const token = this.take();
    if (token.type !== 'newline' && token.type !== 'end') throw unexpected(token, 'the end of the line');
  }

  /** Takes everything up to the end of the line. */
  restOfLine(): Token[] {
    const tokens: Token[] = [];
    while (this.peek().type !== 'newline' && this.peek().type !== 'end') tokens.push(this.take());
    return tokens;
  }

  /** block = "{" { word … separator } "}", separators being newlines and commas; `option` reads what follows each word. */
  block(option: (word: Token) => void): void {
    this.skipNewlines();
    const open = this.take();
    if (open.type !== '{') throw unexpected(open, '"{"');
    for (;;) {
      while (this.peek().type === 'newline' || this.peek().type === ',') this.take();
      const token = this.peek();
      if (token.type === '}') {
        this.take();
        return;
      }
      if (token.type === 'end') throw new VmConfError(open.place, 'this "{" has no "}"');
      option(this.word('an option or "}"'));
    }
  }
}

function unexpected(token: Token, what: string): VmConfError {
  const found = { newline: 'the end of the line', end: 'the end of the file' }[
    token.type as 'newline' | 'end'
  ];
  return new VmConfError(token.place, `expected ${what}, found ${found ?? `"${token.text}"`}`);
}
