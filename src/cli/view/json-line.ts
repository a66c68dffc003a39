import type { Arguments } from '../arguments.ts';

/** Of schema/events/v1.schema.json. It changes when a line may no longer be read as before; new types and fields do not change it. */
const VERSION = 1;

/** One line of `-log-format=json`. `time` in milliseconds since the epoch. */
export function jsonLine(
  time: number,
  body: { readonly type: string; readonly [field: string]: unknown },
): string {
  return `${JSON.stringify({ v: VERSION, time: new Date(time).toISOString(), ...body })}\n`;
}

/** Whether the command line asks for JSON lines. */
export function isJson(args: Arguments): boolean {
  return args.text('log-format') === 'json';
}
