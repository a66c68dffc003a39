/** Shorter texts are not hidden: "a" would blank half of every sentence and still hide nothing. */
const SHORTEST = 4;
/** Words shorter than this are hidden only where they stand alone: hiding "root" must not hide "chroot". */
const SHORTEST_ANYWHERE = 8;

/** What stands in the place of a secret, as in Packer. */
export const MASK = '<sensitive>';

/** A text to find. `word`: only where no letter, digit or underscore stands beside it. */
export interface Form {
  readonly text: string;
  readonly word: boolean;
}

/**
 * The one place where secrets leave the output. It knows the secret texts of a build and replaces them in everything that is
 * shown or written, also when they are quoted for a shell, escaped for JSON or a URL, in base64, or cut into lines.
 */
export class Redactor {
  /** By first character; the longest form first. */
  readonly #forms = new Map<string, Form[]>();

  /** @param secrets as for `add`, whose results are not asked for. */
  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** Hides `secret` from now on. Returns false when it is too short to be hidden; the caller warns. */
  add(secret: string): boolean {
    if (secret.length < SHORTEST) return secret.length === 0;
    for (const text of formsOf(secret)) {
      const first = text.charAt(0);
      const forms = this.#forms.get(first) ?? [];
      if (forms.some((form) => form.text === text)) continue;
      forms.push({ text, word: text.length < SHORTEST_ANYWHERE && /^\w+$/.test(text) });
      forms.sort((a, b) => b.text.length - a.text.length);
      this.#forms.set(first, forms);
    }
    return true;
  }

  /** `text` without secrets. For a whole text; for pieces of one use `stream`. */
  text(text: string): string {
    return this.scan(text, '', true).clean;
  }

  /** A copy of plain data in which all strings are without secrets, apart from those under the keys in `except`. */
  data<T>(value: T, except?: ReadonlySet<string>): T {
    return (this.#forms.size === 0 ? value : this.#copy(value, except)) as T;
  }

  #copy(value: unknown, except?: ReadonlySet<string>): unknown {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.#copy(item, except));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, except?.has(key) ? item : this.#copy(item, except)]),
    );
  }

  /** A filter for a text that arrives in pieces: a secret is found also when it is cut by the ends of pieces. */
  stream(): StreamRedactor {
    return new StreamRedactor(this);
  }

  /** The forms of secrets that begin with this character, the longest first. */
  formsAt(first: string): readonly Form[] {
    return this.#forms.get(first) ?? [];
  }

  /**
   * Replaces the secrets of `text`. `before` is the character that stood before it. Unless `final`, stops where a secret may
   * begin that goes on after the end, and returns that rest as `held`.
   */
  scan(text: string, before: string, final: boolean): { clean: string; held: string; before: string } {
    let clean = '';
    let copied = 0;
    let at = 0;
    while (at < text.length) {
      const found = this.#at(text, at, at === 0 ? before : text.charAt(at - 1), final);
      if (found === undefined) {
        at++;
        continue;
      }
      clean += text.slice(copied, at);
      if (found === 'open') {
        return { clean, held: text.slice(at), before: at === 0 ? before : text.charAt(at - 1) };
      }
      clean += MASK;
      at += found;
      copied = at;
    }
    return { clean: clean + text.slice(copied), held: '', before: text.at(-1) ?? before };
  }

  /** Length of the secret at this place; `open` when that cannot be known before more text arrives. */
  #at(text: string, at: number, before: string, final: boolean): number | 'open' | undefined {
    for (const form of this.formsAt(text.charAt(at))) {
      if (form.word && /\w/.test(before)) continue;
      const end = at + form.text.length;
      if (text.startsWith(form.text, at)) {
        if (!form.word) return form.text.length;
        if (end === text.length && !final) return 'open';
        if (!/\w/.test(text.charAt(end))) return form.text.length;
      } else if (!final && end > text.length && form.text.startsWith(text.slice(at))) {
        return 'open';
      }
    }
    return undefined;
  }
}

/** See `Redactor.stream`. */
export class StreamRedactor {
  readonly #redactor: Redactor;
  #held = '';
  #before = '';

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** The part of what has arrived that is certain to be without secrets; the rest is held back. */
  push(piece: string): string {
    return this.#scan(piece, false);
  }

  /** The rest, at the end of the text. */
  flush(): string {
    return this.#scan('', true);
  }

  #scan(piece: string, final: boolean): string {
    const { clean, held, before } = this.#redactor.scan(this.#held + piece, this.#before, final);
    this.#held = held;
    this.#before = before;
    return clean;
  }
}

/** The ways in which a secret shows up in commands, logs and files. */
function formsOf(secret: string): Set<string> {
  const forms = new Set([
    secret,
    secret.replaceAll("'", `'"'"'`),
    secret.replaceAll("'", `'\\''`),
    JSON.stringify(secret).slice(1, -1),
    // A lone surrogate has no URL form; going through bytes replaces it.
    encodeURIComponent(Buffer.from(secret).toString()),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ]);
  for (const line of secret.split(/\r?\n/)) {
    if (line.trim().length >= SHORTEST) forms.add(line.trim());
  }
  return forms;
}
