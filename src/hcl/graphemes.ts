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

/**
 * A letter that rule GB9c (Unicode 15.1) glues to a mark before it, in Indic conjuncts. HCL's library has Unicode 13,
 * where such a letter starts a cluster. Hangul and the letters that are spacing marks are joined by other rules.
 */
const CONJUNCT = /(?<=[\p{M}\u200d])(?![\u1100-\u11ff\ua960-\ua97c\uac00-\ud7ff\u0e33\u0eb3])\p{Lo}/u;

/** Splits `text` into grapheme clusters by the rules of Unicode 13. */
export function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  const clusters: string[] = [];
  for (const { segment } of segmenter.segment(text)) {
    let rest = segment;
    if (segment.length > 2) {
      for (let at = rest.search(CONJUNCT); at > 0; at = rest.search(CONJUNCT)) {
        clusters.push(rest.slice(0, at));
        rest = rest.slice(at);
      }
    }
    clusters.push(rest);
  }
  return clusters;
}

/** The number of grapheme clusters in `text`. */
export function graphemeCount(text: string): number {
  if (!isAscii(text)) return graphemes(text).length;
  let count = text.length;
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) count--;
  return count;
}
