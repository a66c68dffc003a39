import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';

const CONSTRAINT = /^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})(-[0-9A-Za-z.-]+)?\s*$/;

interface Term {
  readonly operator: string;
  /** As written, such as "1.7". */
  readonly parts: readonly number[];
  readonly prerelease: string;
}

/**
 * Says whether a version fits a constraint such as ">= 1.7, < 2.0" in the form of hashicorp/go-version: the terms are
 * joined by commas and all must hold; `~> 1.2` allows 1.9 and not 2.0, `~> 1.2.3` allows 1.2.9 and not 1.3.
 * @returns undefined when `constraint` has another form.
 */
export function satisfies(version: string, constraint: string): boolean | undefined {
  const terms = constraint.split(',').map(parseTerm);
  if (terms.some((term) => term === undefined)) return undefined;
  return terms.every((term) => term !== undefined && holds(version, term));
}

function parseTerm(text: string): Term | undefined {
  const match = CONSTRAINT.exec(text);
  if (!match) return undefined;
  const [, operator = '=', numbers = '', prerelease = ''] = match;
  const term = { operator, parts: numbers.split('.').map(Number), prerelease };
  // Numbers beyond 2^53, and prereleases such as "-01", have the form and are none.
  return parse(full(term.parts) + prerelease) === null ? undefined : term;
}

function holds(version: string, { operator, parts, prerelease }: Term): boolean {
  const order = compare(version, full(parts) + prerelease);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    default: {
      // ~> with one number has no upper limit; else the last number may grow.
      if (parts.length === 1) return order >= 0;
      const limit = parts.slice(0, -1);
      limit[limit.length - 1] = (limit.at(-1) ?? 0) + 1;
      return order >= 0 && compare(version, full(limit)) < 0;
    }
  }
}

function full(parts: readonly number[]): string {
  return [0, 1, 2].map((at) => parts[at] ?? 0).join('.');
}
