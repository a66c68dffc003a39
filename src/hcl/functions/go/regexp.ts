import type * as Re2 from 're2js';
import { lazily } from '../lazy.ts';

const re2js = lazily<typeof Re2>('re2js');

/** A match: the text of the whole match and of each group; undefined for a group that took no part in it. */
export interface RegexpMatch {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
}

/**
 * A regular expression of Go's `regexp` package. Matching takes time in proportion to the text whatever the pattern is,
 * so none can hang.
 */
export class Regexp {
  /** The name of each group, in order; an empty string for a group without one. */
  readonly groupNames: readonly string[];
  readonly #compiled: Re2.RE2JS;

  /** @throws Error saying what is wrong with the pattern */
  constructor(pattern: string) {
    const { names, unique } = readGroups(pattern);
    try {
      this.#compiled = re2js().RE2JS.compile(unique);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(message.replace(/^error parsing regexp: /, ''), { cause: error });
    }
    this.groupNames = names;
  }

  /** The first match, if any. */
  find(text: string): RegexpMatch | undefined {
    return this.findAll(text, 1)[0];
  }

  /** All matches that do not overlap. An empty one right at the end of the one before does not count. */
  findAll(text: string, limit = Infinity): RegexpMatch[] {
    const matcher = this.#compiled.matcher(text);
    const matches: RegexpMatch[] = [];
    let position = 0;
    let previousEnd = -1;
    while (position <= text.length && matches.length < limit && matcher.find(position)) {
      const [start, end] = [matcher.start(), matcher.end()];
      if (start !== end || end !== previousEnd) {
        const groups = Array.from(
          { length: matcher.groupCount() + 1 },
          (_, group) => matcher.group(group) ?? undefined,
        );
        matches.push({ start, end, groups });
        previousEnd = end;
      }
      position = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    }
    return matches;
  }

  /** The text with every match replaced by the template, in which `$name`, `${name}` and `$$` are expanded. */
  replaceAll(text: string, template: string): string {
    let result = '';
    let position = 0;
    for (const match of this.findAll(text)) {
      result += text.slice(position, match.start) + this.#expand(template, match);
      position = match.end;
    }
    return result + text.slice(position);
  }

  /**
   * Go's Regexp.Expand: a name is as long as letters, digits and underscores go, so `$1x` is the group "1x". A group that
   * does not exist, or took no part, is empty. A `$` that starts none of this stays.
   */
  #expand(template: string, match: RegexpMatch): string {
    return template.replace(
      /\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
      (_whole, dollar: string | undefined, bare: string | undefined, braced: string | undefined) =>
        dollar ?? this.#groupText(bare ?? braced ?? '', match),
    );
  }

  #groupText(name: string, match: RegexpMatch): string {
    if (/^(?:0|[1-9]\d*)$/.test(name)) return match.groups[Number(name)] ?? '';
    // Of groups with the same name the first one that took part counts.
    const found = this.groupNames.findIndex(
      (own, index) => own === name && match.groups[index + 1] !== undefined,
    );
    return found < 0 ? '' : (match.groups[found + 1] as string);
  }
}

/** What matters in a pattern: escapes, quoted stretches, classes, and the starts of groups. */
const PIECES =
  /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\((?:\?(?:P<(?<name>[^>]*)>|(?<angle><)|(?<other>)))?/g;

/**
 * Finds the names of the groups. Go lets several groups have one name, so `unique` is the pattern with such names made
 * different.
 * @throws Error for `(?<name>`, which Go has come to accept later than the reference
 */
function readGroups(pattern: string): { names: string[]; unique: string } {
  const names: string[] = [];
  const unique = pattern.replace(PIECES, (piece, ...rest) => {
    const { name, angle, other } = rest.at(-1) as Record<string, string | undefined>;
    if (!piece.startsWith('(')) return piece;
    if (angle !== undefined)
      throw new Error('invalid or unsupported Perl syntax: `(?<`; write `(?P<name>` for a named group');
    if (other !== undefined) return piece;
    const taken = name !== undefined && names.includes(name);
    names.push(name ?? '');
    return taken ? `(?P<${name}_${names.length}>` : piece;
  });
  return { names, unique };
}
