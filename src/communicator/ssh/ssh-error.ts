/** A failure of the way into the guest. `message` is a full sentence with the evidence, `hint` says what to do. */
export class SshError extends Error {
  override name = 'SshError';
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

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
      /** No repetition can help. */
      readonly hopeless?: boolean;
    } = {},
  ) {
    super(message);
  }
}
