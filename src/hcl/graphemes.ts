/*
 * User-perceived characters (extended grapheme clusters of Unicode Standard Annex 29), which HCL counts in columns,
 * in the indentation of heredocs, and in functions such as `substr`.
 */

let segmenter: Intl.Segmenter | undefined;

/** True if every code unit of `text` is ASCII; then each is a cluster of its own, but for CR LF. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** How much text is given to the segmenter at once: its time grows with the square of that. */
const WINDOW = 256;

/** Splits `text` into grapheme clusters by the rules of Unicode 13. */
export function graphemes(text: string): string[] {
  const clusters: string[] = [];
  let at = 0;
  while (at < text.length) {
    // Between two ASCII characters is always a border, but for CR LF.
    while (isAsciiAt(text, at) && (isAsciiAt(text, at + 1) || at + 1 === text.length)) {
      const length = text.startsWith('\r\n', at) ? 2 : 1;
      clusters.push(text.slice(at, at + length));
      at += length;
    }
    if (at < text.length) at = segmentWindow(text, at, clusters);
  }
  return clusters;
}

function isAsciiAt(text: string, at: number): boolean {
  return text.charCodeAt(at) < 0x80;
}

/** Adds the clusters that a window of the text from `start` on holds for certain, and returns where they end. */
function segmentWindow(text: string, start: number, clusters: string[]): number {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  for (let size = WINDOW; ; size *= 2) {
    let end = Math.min(text.length, start + size);
    if ((text.codePointAt(end - 1) as number) > 0xffff) end++;
    const found = Array.from(segmenter.segment(text.slice(start, end)), ({ segment }) => segment);
    // The last cluster may go on behind the window.
    const last = end < text.length ? (found.pop() as string) : '';
    if (found.length === 0) continue;
    for (const cluster of found) addSplit(cluster, clusters);
    return end - last.length;
  }
}

function addSplit(cluster: string, clusters: string[]): void {
  let rest = cluster;
  if (cluster.length > 2) {
    for (let at = rest.search(conjunct()); at > 0; at = rest.search(conjunct())) {
      clusters.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
  }
  clusters.push(rest);
}

/** The number of grapheme clusters in `text`. */
export function graphemeCount(text: string): number {
  if (!isAscii(text)) return graphemes(text).length;
  let count = text.length;
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) count--;
  return count;
}

let pattern: RegExp | undefined;

/**
 * A letter that rule GB9c (Unicode 15.1) glues to a mark before it, in Indic conjuncts. HCL's library has Unicode 13,
 * where such a letter starts a cluster. Hangul and the letters that are spacing marks are joined by other rules.
 * Made when it is needed: the classes of Unicode take half a millisecond.
 */
function conjunct(): RegExp {
  return (pattern ??= /(?<=[\p{M}\u200d])(?![\u1100-\u11ff\ua960-\ua97c\uac00-\ud7ff\u0e33\u0eb3])\p{Lo}/u);
}
