import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Options } from './options.ts';

export interface Script {
  /** How messages call it, after "the". */
  readonly label: string;
  /** Local path; absent for `inline`. */
  readonly path?: string;
  /** Contents of an inline script. */
  readonly text?: string;
}

const DEFAULT_SHEBANG = '/bin/sh -e';

/** The scripts that a block names by `inline`, `script`, `scripts` or `command`. */
export function scriptsOf(options: Options): Script[] {
  const command = options.string('command');
  const inline = options.strings('inline') ?? (command === undefined ? undefined : [command]);
  if (inline !== undefined) return [{ label: 'inline script', text: inlineScript(inline, options) }];
  const script = options.string('script');
  const paths = options.strings('scripts') ?? (script === undefined ? [] : [script]);
  return paths.map((path) => ({ label: `script ${path}`, path }));
}

/** A text that begins with its own `#!` line keeps it, unless `inline_shebang` asks for another. */
function inlineScript(lines: readonly string[], options: Options): string {
  const shebang = options.string('inline_shebang') ?? DEFAULT_SHEBANG;
  const text = lines.map((line) => `${line}\n`).join('');
  return text.startsWith('#!') && shebang === DEFAULT_SHEBANG ? text : `#!${shebang}\n${text}`;
}

/** @throws Error naming the script when it cannot be read */
export async function readScript(script: Script): Promise<Buffer> {
  if (script.path === undefined) return Buffer.from(script.text ?? '');
  try {
    return await readFile(script.path);
  } catch (cause) {
    throw new Error(`The script cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

/** Where the contents of a script come from. @throws Error naming the script when it cannot be read */
export async function describeSource(script: Script): Promise<{ from: string } | { content: string }> {
  await readScript(script);
  return script.path === undefined ? { content: script.text ?? '' } : { from: resolve(script.path) };
}

/** `\r\n` becomes `\n`: a shell takes the carriage return for a part of the last word. */
export function withUnixLineEnds(script: Buffer): Buffer {
  // latin1 keeps every byte as it is.
  return Buffer.from(script.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}
