/** Characters that come with text from web pages and text processors, and what to do about them. */
const KINDS: readonly (readonly [RegExp, (shown: string) => string])[] = [
  [
    /[\u201c-\u201f\u00ab\u00bb\u2033\uff02]/,
    () =>
      'This is a typographic quotation mark, as web pages and text processors make them. Write the plain one: ".',
  ],
  [
    /[\u2018-\u201b\u00b4\u2032\uff07]/,
    () =>
      'This is a typographic quotation mark, as web pages and text processors make them. Put strings into plain double ones: ".',
  ],
  [
    /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/,
    (shown) =>
      `This blank is not an ordinary space (${shown}); such come with text that is copied from web pages. Replace it by a space.`,
  ],
  [
    /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/,
    (shown) =>
      `Here is a character that is not visible (${shown}); such come with text that is copied from web pages. Delete it.`,
  ],
  [
    /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/,
    (shown) => `This dash (${shown}) is not the plain one, which is on the keyboard: -.`,
  ],
  [/\$/, () => 'References have no "$" here: write var.NAME, and "${var.NAME}" inside of a text in quotes.'],
  [
    /\r/,
    () =>
      'This is a carriage return without a line feed: the line ends of the file are those of old Macintoshes. Save it with those of Unix.',
  ],
];

/** What to do about a character that is none of the language; undefined if the parser has said it. */
export function adviceOnCharacter(text: string, at: number): string | undefined {
  const code = text.codePointAt(at);
  if (code === undefined) return undefined;
  const character = String.fromCodePoint(code);
  const shown = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const kind = KINDS.find(([pattern]) => pattern.test(character));
  if (kind) return kind[1](shown);
  // The parser knows better advice about these.
  if (/['`;]/.test(character)) return undefined;
  const name = /[\p{C}\p{Z}]/u.test(character) ? shown : `"${character}"${code > 126 ? ` (${shown})` : ''}`;
  return `The character ${name} has no meaning outside of strings and comments.`;
}
