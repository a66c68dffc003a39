/*
 * Did you mean …? One helper for all names: keywords, attributes, blocks, functions, variables.
 */

/**
 * The candidate that `given` is most likely a misspelling of, or undefined if none is near. The distance is that of
 * optimal string alignment (insert, delete, replace, swap neighbours), and the limit grows with the length:
 * 1 below four characters, 2 below nine, else 3. Differences of case only, and of `-` for `_`, count as the nearest.
 */
export function nearest(given: string, candidates: Iterable<string>): string | undefined {
  const limit = given.length < 4 ? 1 : given.length < 9 ? 2 : 3;
  const normal = normalize(given);
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (candidate === given || Math.abs(candidate.length - given.length) > limit) continue;
    const distance = normalize(candidate) === normal ? 0.5 : editDistance(given, candidate);
    // Of short names, one that has nothing in common is no suggestion.
    if (distance >= candidate.length) continue;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?` with a blank before it, or nothing. */
export function didYouMean(given: string, candidates: Iterable<string>): string {
  const suggestion = nearest(given, candidates);
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** The number of insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
export function editDistance(first: string, second: string): number {
  const from = Array.from(first);
  const to = Array.from(second);
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
