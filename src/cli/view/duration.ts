const UNITS: readonly (readonly [name: string, microseconds: number])[] = [
  ['year', 365 * 24 * 3_600_000_000],
  ['week', 7 * 24 * 3_600_000_000],
  ['day', 24 * 3_600_000_000],
  ['hour', 3_600_000_000],
  ['minute', 60_000_000],
  ['second', 1_000_000],
  ['millisecond', 1_000],
  ['microsecond', 1],
];

/** Milliseconds as Packer spells them in its summary: the two largest units, "1 minute 3 seconds". */
export function spokenDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds * 1_000);
  const words: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 && words.length < 2) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return words.length === 0 ? '0 seconds' : words.join(' ');
}

/** Milliseconds for a table or a status line: "0.4 s", "42.0 s", "3 min 07 s". */
export function shortDuration(milliseconds: number): string {
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
