import type { Diagnostic } from '../hcl/diagnostic.ts';
import { nearest } from '../hcl/suggestion.ts';
import type { PlanOptions } from './api.ts';
import { compileGlob } from './glob.ts';
import { problem, warning } from './problems.ts';

interface Pattern {
  readonly text: string;
  readonly flag: '-only' | '-except';
  readonly glob: RegExp | undefined;
  matched: boolean;
}

/** `-only` and `-except`: they choose builds by their full name, and `-except` also cuts sequences of post-processors. */
export class NameFilter {
  readonly #only: readonly Pattern[];
  readonly #except: readonly Pattern[];

  constructor({ only = [], except = [] }: PlanOptions) {
    const compile =
      (flag: Pattern['flag']) =>
      (text: string): Pattern => ({
        text,
        flag,
        glob: compileGlob(text),
        matched: false,
      });
    this.#only = only.map(compile('-only'));
    this.#except = except.map(compile('-except'));
  }

  /** Whether a build is to be run. */
  selects(fullName: string): boolean {
    const only = matchAny(this.#only, fullName);
    const except = matchAny(this.#except, fullName);
    return (this.#only.length === 0 || only) && !except;
  }

  /** Drops the first post-processor whose name (or type, if it has none) `-except` matches, and what follows it. */
  keepSequence<T extends { readonly type: string; readonly name?: string }>(sequence: readonly T[]): T[] {
    const kept: T[] = [];
    for (const step of sequence) {
      if (matchAny(this.#except, step.name ?? step.type)) break;
      kept.push(step);
    }
    return kept;
  }

  /** What to say about patterns that matched nothing. */
  unmatched(names: readonly string[]): Diagnostic[] {
    return [...this.#only, ...this.#except].flatMap((pattern) => {
      const { text, flag, glob, matched } = pattern;
      if (!glob) {
        return [
          problem('pattern-invalid', `${flag} ${text} is not a pattern: a bracket or brace is not closed.`),
        ];
      }
      if (matched) return [];
      const meant = nearest(text, names) ?? names.find((name) => name.endsWith(`.${text}`));
      const hint =
        meant === undefined ? ` The builds are: ${names.join(', ')}.` : ` Did you mean "${meant}"?`;
      return [
        warning(
          'pattern-unmatched',
          `${flag} ${text} matches no build.${names.length === 0 ? ' There are none.' : hint}`,
        ),
      ];
    });
  }
}

/** Tries every pattern, so that each knows whether it ever matched. */
function matchAny(patterns: readonly Pattern[], name: string): boolean {
  let any = false;
  for (const pattern of patterns) {
    if (!pattern.glob?.test(name)) continue;
    pattern.matched = true;
    any = true;
  }
  return any;
}
