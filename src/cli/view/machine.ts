/**
 * One line of Packer's machine-readable format: seconds since the epoch, target, type and data, separated by commas.
 * `time` is in milliseconds.
 */
export function machineLine(time: number, target: string, type: string, ...data: readonly string[]): string {
  return `${[Math.floor(time / 1000), target, type, ...data.map(escape)].join(',')}\n`;
}

function escape(text: string): string {
  return text.replaceAll(',', '%!(PACKER_COMMA)').replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}
