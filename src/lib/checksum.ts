/** The hash functions that checksums of files are written in, weakest first. */
const ALGORITHMS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Digits of a checksum in hexadecimal notation. */
const DIGITS: Readonly<Record<Algorithm, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
};

export interface Checksum {
  readonly algorithm: Algorithm;
  /** In small letters. */
  readonly hex: string;
}

/** What `iso_checksum` says: no check, a checksum, or the place of a file of checksums (URL or path). */
export type ChecksumSource = 'none' | Checksum | { readonly file: string };

/**
 * Reads `none`, `file:URL-OR-PATH`, `ALGORITHM:HEX`, or HEX alone, whose length tells the algorithm.
 * @returns the reason in words when it is none of these
 */
export function parseChecksumSource(
  text: string,
): { readonly source: ChecksumSource } | { readonly fault: string } {
  if (text.toLowerCase() === 'none') return { source: 'none' };
  if (text.startsWith('file:')) {
    // `file:file:///sums` and `file:///sums` mean the same.
    const file = text.startsWith('file://') ? text : text.slice('file:'.length);
    return file === '' ? { fault: 'names no file after "file:"' } : { source: { file } };
  }
  const [, prefix, digits = ''] = /^(?:([^:]*):)?(.*)$/s.exec(text) ?? [];
  if (prefix !== undefined && !isAlgorithm(prefix.toLowerCase())) {
    return { fault: `starts with "${prefix}:", and the known algorithms are ${ALGORITHMS.join(', ')}` };
  }
  if (!/^[0-9a-f]*$/i.test(digits)) return { fault: 'holds other characters than hexadecimal digits' };
  const named = prefix?.toLowerCase() as Algorithm | undefined;
  if (named !== undefined && DIGITS[named] !== digits.length) {
    return { fault: `has ${digits.length} digits, and ${named} has ${DIGITS[named]}` };
  }
  const checksum = checksumOf(digits, named);
  return checksum === undefined
    ? { fault: `has ${digits.length} digits, which no known algorithm has (sha256 has 64, sha512 has 128)` }
    : { source: checksum };
}

/** One line of a file of checksums. */
interface Entry {
  readonly checksum: Checksum;
  /** As written there; undefined: the file holds nothing but a checksum. */
  readonly name?: string;
}

/**
 * Finds the checksum of a file in the text that cksum(1) and its like have written: `SHA256 (NAME) = HEX` as on the BSDs (also
 * inside a signature of signify(1)), `HEX  NAME` and `HEX *NAME` as of GNU, or HEX alone. Of several the strongest is taken.
 * @param path where the file comes from, path or URL path: it ends in the name
 * @returns the names that are there instead when there is none
 */
export function findChecksum(
  sums: string,
  path: string,
): { readonly checksum: Checksum } | { readonly names: readonly string[] } {
  const entries = sums.split(/\r?\n/).flatMap(entryOf);
  const fits = ({ name }: Entry) => {
    const plain = name?.replace(/^(?:\.?\/)+/, '');
    return plain !== undefined && (path === plain || path.endsWith(`/${plain}`));
  };
  const base = path.slice(path.lastIndexOf('/') + 1);
  const nameless = entries.length === 1 && entries[0]?.name === undefined ? entries : [];
  const candidates = [
    entries.filter(fits),
    entries.filter(({ name }) => name?.split('/').at(-1) === base),
    nameless,
  ].find((list) => list.length > 0);
  const [best] = (candidates ?? []).toSorted((a, b) => rank(b) - rank(a));
  if (best !== undefined) return { checksum: best.checksum };
  return { names: entries.flatMap(({ name }) => (name === undefined ? [] : [name])) };
}

function rank({ checksum }: Entry): number {
  return ALGORITHMS.indexOf(checksum.algorithm);
}

function entryOf(line: string): Entry[] {
  const bsd = /^([A-Za-z0-9-]+) ?\((.+)\) ?= ?([0-9a-fA-F]+)\s*$/.exec(line);
  if (bsd !== null) {
    const [, kind = '', name, hex = ''] = bsd;
    const algorithm = kind.toLowerCase().replace('-', '');
    const checksum = isAlgorithm(algorithm) ? checksumOf(hex, algorithm) : undefined;
    return checksum === undefined ? [] : [{ checksum, name }];
  }
  const [, hex = '', name] = /^\\?([0-9a-fA-F]{32,128})(?:\s+\*?(\S.*?))?\s*$/.exec(line) ?? [];
  const checksum = checksumOf(hex);
  return checksum === undefined ? [] : [{ checksum, name }];
}

function checksumOf(hex: string, named?: Algorithm): Checksum | undefined {
  const algorithm = ALGORITHMS.find((one) => DIGITS[one] === hex.length);
  if (algorithm === undefined || (named !== undefined && named !== algorithm)) return undefined;
  return { algorithm, hex: hex.toLowerCase() };
}

function isAlgorithm(text: string): text is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(text);
}
