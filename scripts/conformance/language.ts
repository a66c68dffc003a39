// The language under test: the built one if there is a build of the present source, else the source itself.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as source from '../../src/hcl/index.ts';

export type Language = typeof source;

const BUILT = new URL('../../dist/hcl.mjs', import.meta.url);
const SOURCE = fileURLToPath(new URL('../../src/hcl', import.meta.url));

export async function loadLanguage(): Promise<{ language: Language; from: string }> {
  if (isFresh()) return { language: (await import(BUILT.href)) as Language, from: 'dist/hcl.mjs' };
  return { language: await import('../../src/hcl/index.ts'), from: 'src/hcl' };
}

/** A build that is older than the source would say nothing about it. */
function isFresh(): boolean {
  if (!existsSync(BUILT)) return false;
  const builtAt = statSync(BUILT).mtimeMs;
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).every(
    (name) => statSync(`${SOURCE}/${name}`).mtimeMs <= builtAt,
  );
}
