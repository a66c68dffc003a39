import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The unified diff of two texts by diff(1), labelled `old/FILE` and `new/FILE`. */
export async function diff(file: string, before: string, after: string): Promise<string> {
  const { run } = await import('../lib/run.ts');
  const folder = await mkdtemp(join(tmpdir(), 'vmm-hcl-diff-'));
  try {
    const old = join(folder, 'old');
    await writeFile(old, before, { mode: 0o600 });
    const { stdout } = await run('diff', ['-u', '-L', `old/${file}`, '-L', `new/${file}`, old, '-'], {
      stdin: { content: after },
      accept: [0, 1],
    });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
