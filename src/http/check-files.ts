import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mistakesIn } from './file-mistakes.ts';
import type { FileMistake } from './file-mistakes.ts';
import { findSources, GenerateError } from './generated-files.ts';
import type { GenerateOptions } from './generated-files.ts';

/** A file template in which something is wrong. */
export interface CheckedFile {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly mistakes: readonly FileMistake[];
}

/** The file templates that `generateFiles` would render and that have mistakes, sorted. What cannot be read is left to the build. */
export async function checkFiles(
  options: Pick<GenerateOptions, 'source' | 'pattern' | 'extension'>,
): Promise<CheckedFile[]> {
  try {
    const names = await findSources(options);
    const checked = await Promise.all(names.map((name) => checkFile(join(options.source, name))));
    return checked.filter(({ mistakes }) => mistakes.length > 0);
  } catch (error) {
    if (error instanceof GenerateError) return [];
    throw error;
  }
}

async function checkFile(path: string): Promise<CheckedFile> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return { path, text, mistakes: mistakesIn(text) };
}
