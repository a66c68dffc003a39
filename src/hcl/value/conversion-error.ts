/** A value that has not the form which a type asks for. */
export class ConversionError extends Error {
  /** Where in the value it went wrong, as `.name` and `[0]`; empty for the value itself. */
  readonly path: string;

  constructor(message: string, path = '') {
    super(message);
    this.name = 'ConversionError';
    this.path = path;
  }

  /** The same error, seen from the value that holds the failing one under `step`. */
  within(step: string): ConversionError {
    return new ConversionError(this.message, step + this.path);
  }

  /** The message, with the place in the value if it is not the whole. */
  describe(): string {
    return this.path === '' ? this.message : `${this.message}, at ${this.path.replace(/^\./, '')}`;
  }
}
