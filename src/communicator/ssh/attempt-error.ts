/** How far one attempt to connect came before it failed. */
export type Stage = 'tcp' | 'banner' | 'handshake' | 'authentication';

/** One attempt to connect failed. */
export class AttemptError extends Error {
  override name = 'AttemptError';
  constructor(
    readonly stage: Stage,
    message: string,
    readonly detail: {
      /** `errno` name, such as ECONNREFUSED. */
      readonly code?: string;
      /** Methods that the server offers. */
      readonly offered?: readonly string[];
      /** Methods that were tried, in order. */
      readonly tried?: readonly string[];
      /** What to do, where the stage alone does not tell. */
      readonly hint?: string;
      /** No repetition can help. */
      readonly hopeless?: boolean;
    } = {},
  ) {
    super(message);
  }
}
