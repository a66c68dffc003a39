import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  /** A file's text, "" while it is not there. */
  read(...names: string[]): string {
    try {
      return readFileSync(this.path(...names), 'latin1');
    } catch {
      return '';
    }
  }
}
