import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

/** A directory of one test, removed when it ends, and names that no other test has. */
export class Workspace {
  readonly directory: string;
  readonly vmName: string;

  constructor(context: TestContext) {
    this.directory = mkdtempSync(join(tmpdir(), 'vmm-hcl-e2e-'));
    this.vmName = `e2e-${randomBytes(4).toString('hex')}`;
    context.after(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  /** A path below the directory. */
  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** All files and directories, sorted. */
  list(): string[] {
    return readdirSync(this.directory, { recursive: true, encoding: 'utf8' }).sort();
  }

  /** Writes a file, and the folders that lead to it. */
  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
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
