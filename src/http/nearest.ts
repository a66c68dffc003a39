/** The candidate that is most like `wanted`, if one is like it enough to be what was meant. */
export function nearest(wanted: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  // A third of the letters may differ: "/instal.conf" finds "/install.conf", "/a" does not find "/b".
  let bestDistance = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    // The same name in another folder is the most likely mistake of all.
    const sameName = base(candidate) === base(wanted) && base(wanted) !== '';
    const distance = sameName ? 0 : editDistance(wanted, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function base(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

/** Levenshtein's distance, or `limit` when it is not smaller than that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = a[i - 1] === b[j - 1] ? 0 : 1;
      current.push(
        Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + swap),
      );
    }
    previous = current;
  }
  return Math.min(limit, previous[b.length] ?? limit);
}
