import type { Origin } from '../plan/build-plan.ts';
import type { Problem } from '../plan/problem.ts';

/** A failure of a step with a known cause. `message` is made of full sentences; `hint` says what to do. */
export class BuildError extends Error {
  override name = 'BuildError';
  readonly hint?: string;
  /** Place in the template. */
  readonly origin?: Origin;
  readonly problems?: readonly Problem[];
  constructor(
    message: string,
    detail: {
      readonly hint?: string;
      readonly origin?: Origin;
      readonly problems?: readonly Problem[];
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.hint = detail.hint;
    this.origin = detail.origin;
    this.problems = detail.problems;
  }
}

/** What the parts that the executor calls say about their failures: a message, and what some of them know besides. */
export interface Explanation {
  readonly message: string;
  readonly hint?: string;
  readonly origin?: Origin;
  readonly problems?: readonly Problem[];
  readonly internal?: { readonly stack: string };
}

/** A failure of a part that knows no templates, with the place in the template to which it belongs; other errors as they are. */
export function placed(error: unknown, origin: Origin): unknown {
  if (!(error instanceof BuildError)) return error;
  const { message, hint } = error;
  return new BuildError(message, { hint, origin, cause: error });
}

/** Errors that are mistakes of this program, not of its surroundings. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError];

/** What an error says to the user. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof Error)) return { message: String(error) };
  const { hint, origin, problems, place } = error as Error & Partial<Explanation> & { place?: Origin };
  if (BUGS.some((bug) => error instanceof bug) && hint === undefined) {
    return {
      message: `Internal error: ${error.message}. This is a mistake of vmm-hcl, not of your template.`,
      hint: 'Please report it with the output of the same command under PACKER_LOG=1.',
      internal: { stack: error.stack ?? error.message },
    };
  }
  return { message: error.message, hint, origin: origin ?? place, problems };
}
