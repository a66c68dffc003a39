import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { openLog } from '../../src/cli/log.ts';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const TEMPLATE = `
source "vmm" "web" {
  vm_name      = "web"
  vm_template  = "generic"
  disk_size    = "1G"
  communicator = "none"
}
build { sources = ["source.vmm.web"] }
`;

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

describe('the log of PACKER_LOG and PACKER_LOG_PATH', () => {
  test('the file is for its owner only', async (t) => {
    const path = join(await folder(t), 'log');
    const log = openLog(fakeIo({ env: { PACKER_LOG_PATH: path } }), false);
    log?.line(0, 'first');
    log?.close();
    assert.match(await readFile(path, 'utf8'), /^\S+Z vmm-hcl .*\n1970-01-01T00:00:00\.000Z first\n$/);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  test('a file that cannot be opened is a mistake of the user, told before anything is made', async (t) => {
    const path = join(await folder(t), 'template.pkr.hcl');
    await writeFile(path, TEMPLATE);
    const io = fakeIo({ env: { PACKER_LOG_PATH: '/nonexistent/folder/log', VMM_HCL_VMCTL: '/nonexistent' } });
    assert.equal(await main(['build', '-hypervisor=vmctl', path], io), 1);
    assert.match(
      io.written.err,
      /^Error: The log cannot be written: ENOENT.*'\/nonexistent\/folder\/log'\. Set PACKER_LOG_PATH to/,
    );
  });

  test(
    'a full disk costs the log, and is told once',
    { skip: existsSync('/dev/full') ? false : 'no /dev/full' },
    () => {
      const io = fakeIo({ env: { PACKER_LOG_PATH: '/dev/full' } });
      const log = openLog(io, false);
      log?.line(0, 'first');
      log?.line(0, 'second');
      log?.close();
      assert.match(io.written.err, /^The log \/dev\/full \(PACKER_LOG_PATH\) ends here: ENOSPC[^\n]*\.\n$/);
    },
  );
});
