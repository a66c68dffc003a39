/**
 * Sizes as vmctl(8) and vm.conf(5) take them: scan_scaled(3), that is a decimal number and one letter of
 * B K M G T P E in any case, powers of 1024; without a letter the number counts bytes.
 */
const UNITS = 'BKMGTPE';
const SIZE = /^(\d+)(?:\.(\d+))?([bkmgtpe])?$/i;

/** Bytes of a size such as "20G" or "1.5g", rounded down; undefined when `text` is not a size. Exact for any magnitude. */
export function parseSize(text: string): bigint | undefined {
  const match = SIZE.exec(text.trim());
  if (match === null) return undefined;
  const [, whole = '0', fraction = '', unit = 'B'] = match;
  const factor = 1024n ** BigInt(UNITS.indexOf(unit.toUpperCase()));
  const scale = 10n ** BigInt(fraction.length);
  return (BigInt(whole + fraction) * factor) / scale;
}

/** The shortest exact spelling of a number of bytes that vmctl(8) reads back, such as "20G" or "1536M". */
export function formatSize(bytes: bigint): string {
  let power = 0;
  let rest = bytes;
  while (rest > 0n && rest % 1024n === 0n && power < UNITS.length - 1) {
    rest /= 1024n;
    power++;
  }
  return `${rest}${UNITS[power]}`;
}

/** A number of bytes for people, such as "1.2 GiB". */
export function binaryUnits(bytes: number | bigint): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
