/** A text with `{{ }}` that cannot be rendered. `message` is a sentence without the place. */
export class TemplateError extends Error {
  override name = 'TemplateError';
  /** Offset into the text, in UTF-16 code units. */
  readonly offset: number;
  /** From 1, within the text. */
  readonly line: number;
  /** From 1, within the line, in UTF-16 code units. */
  readonly column: number;
  /** The function that the text calls and that does not exist here, if that is the problem. */
  readonly unknownFunction: string | undefined;

  constructor(message: string, text: string, offset: number, unknownFunction?: string) {
    super(message);
    const before = text.slice(0, offset).split('\n');
    this.offset = offset;
    this.line = before.length;
    this.column = (before.at(-1)?.length ?? 0) + 1;
    this.unknownFunction = unknownFunction;
  }
}
