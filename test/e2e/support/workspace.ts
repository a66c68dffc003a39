import { randomBytes } from 'node:crypto';
import {
  type Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { giveNetworkBack, takeNetwork } from './network.ts';

/** A directory of one test, removed when it ends, and names that no other test has. */
export class Workspace {
  readonly directory: string;
  readonly vmName: string;
  #network: readonly [number, number] | undefined;

  constructor(context: TestContext) {
    this.directory = mkdtempSync(join(tmpdir(), 'vmm-hcl-e2e-'));
    this.vmName = `e2e-${randomBytes(4).toString('hex')}`;
    context.after(() => {
      // What is killed at the end of the test may still write for a moment.
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 20 });
      if (this.#network !== undefined) giveNetworkBack(this.#network);
    });
  }

  /** Second and third byte of the addresses of this test: 127.A.B.* to 127.A.(B+9).*. */
  get network(): readonly [number, number] {
    return (this.#network ??= takeNetwork());
  }

  /** A path below the directory. */
  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** All files and directories, sorted. */
  list(): string[] {
    return this.#below('').sort();
  }

  /** Folders may vanish meanwhile: a build may be at work in them. */
  #below(folder: string): string[] {
    return entriesOf(this.path(folder)).flatMap((entry) => {
      const name = join(folder, entry.name);
      return entry.isDirectory() ? [name, ...this.#below(name)] : [name];
    });
  }

  /** Writes a file, and the folders that lead to it. */
  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Writes a file that somebody may read at this moment: it has the old text or the new one. */
  replace(name: string, text: string): void {
    const path = this.path(name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  /** A file's text, "" while it is not there. */
  read(...names: string[]): string {
    try {
      return readFileSync(this.path(...names), 'latin1');
    } catch {
      return '';
    }
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
