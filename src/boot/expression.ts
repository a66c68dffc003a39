import type { SpecialKey } from './keys.ts';

interface Place {
  /** Offset of the expression in the boot command, in UTF-16 code units. */
  readonly offset: number;
  /** Length of its text, in UTF-16 code units. */
  readonly length: number;
}

/** `press`: down and up; `on` and `off`: down or up alone. */
export type KeyAction = 'press' | 'on' | 'off';

export interface WaitExpression extends Place {
  readonly type: 'wait';
  readonly milliseconds: number;
}

export interface CharacterExpression extends Place {
  readonly type: 'character';
  /** One Unicode character. */
  readonly character: string;
  readonly action: KeyAction;
}

export interface SpecialExpression extends Place {
  readonly type: 'special';
  readonly key: SpecialKey;
  readonly action: KeyAction;
}

export type KeyExpression = CharacterExpression | SpecialExpression;
export type BootExpression = WaitExpression | KeyExpression;

/** Something about a boot command that its author should know. */
export interface BootProblem extends Place {
  /** `error`: Packer refuses it; `warning`: it is typed as text, which is rarely what was meant. */
  readonly severity: 'error' | 'warning';
  readonly code: 'wait-not-positive' | 'wait-invalid' | 'unknown-key';
  /** The text in question, such as `<entr>`. */
  readonly text: string;
  /** A full sentence. */
  readonly message: string;
  /** A key name that may have been meant, such as `<enter>`. */
  readonly suggestion?: string;
}

export interface BootCommand {
  readonly expressions: readonly BootExpression[];
  readonly problems: readonly BootProblem[];
}
