/**
 * The globs of `-only` and `-except`, as gobwas/glob compiles them for Packer: they match the whole name; `*` any text
 * (dots too), `**` the same, `?` one character, `[ab]` `[!a]` `[a-z]`, `{a,b}`, and `\` takes the next character literally.
 * @returns undefined when the pattern is malformed.
 */
export function compileGlob(pattern: string): RegExp | undefined {
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '\\') {
      at++;
      if (at >= pattern.length) return undefined;
      source += escape(pattern.charAt(at));
    } else if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end === -1) return undefined;
      const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
      const set = pattern.slice(at + (negated ? 2 : 1), end).replace(/[\\\]^[]/g, '\\$&');
      source += `[${negated ? '^' : ''}${set}]`;
      at = end;
    } else if (character === '{') {
      depth++;
      source += '(?:';
    } else if (character === '}' && depth > 0) {
      depth--;
      source += ')';
    } else if (character === ',' && depth > 0) source += '|';
    else source += escape(character);
  }
  if (depth > 0) return undefined;
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return undefined;
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
