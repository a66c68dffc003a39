import { valuesEqual } from './equal.ts';
import type { BigFloat } from './big-float.ts';
import { UNKNOWN } from './value.ts';
import type { Value } from './value.ts';

/**
 * Values of which no two are equal by `==`. To compare each with each would take for ever with some ten thousand of them, so only
 * those that share a text are compared. Unknown values, and those with unknown parts, equal nothing for certain.
 */
export class DistinctValues {
  readonly #byText = new Map<string, Value[]>();

  constructor(values: Iterable<Value> = []) {
    for (const value of values) this.add(value);
  }

  has(value: Value): boolean {
    return isAmong(value, this.#byText.get(equalityText(value)));
  }

  /** False if an equal value is there already. */
  add(value: Value): boolean {
    const text = equalityText(value);
    const others = this.#byText.get(text);
    if (isAmong(value, others)) return false;
    if (others === undefined) this.#byText.set(text, [value]);
    else others.push(value);
    return true;
  }
}

function isAmong(value: Value, others: readonly Value[] | undefined): boolean {
  return others?.some((other) => valuesEqual(value, other) === true) === true;
}

/** A text that equal values share, and hardly any others. */
function equalityText({ content }: Value): string {
  if (content === UNKNOWN) return '?';
  if (content === null) return '~';
  if (typeof content === 'string') return `"${content}`;
  if (typeof content === 'boolean') return content ? 'T' : 'F';
  if (Array.isArray(content)) return `[${(content as readonly Value[]).map(equalityText).join(',')}]`;
  if (content instanceof Map) {
    const entries = [...(content as ReadonlyMap<string, Value>)];
    return `{${entries.map(([key, child]) => `${key}=${equalityText(child)}`).join(',')}}`;
  }
  return numberEqualityText(content as BigFloat);
}

/** Numbers are equal whatever their precision, and zeros whatever their sign. */
function numberEqualityText(number: BigFloat): string {
  if (number.isZero) return '0';
  if (!Number.isNaN(number.small)) return String(number.small);
  return `${number.negative ? '-' : ''}${number.mantissa.toString(36)}p${number.exponent}`;
}
