import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

interface Setup {
  removeOldGuests(iso: string): void;
}

test('of the CDs of older recipes the latest stays, and so does everything else', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-setup-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const recipes = ['1', '2', '3', '4'].map((digit) => `tiny-linux-${digit.repeat(16)}`);
  for (const [index, name] of [...recipes, 'debian-serial-1111111111111111'].entries()) {
    for (const ending of ['iso', 'packages']) {
      writeFileSync(join(folder, `${name}.${ending}`), '');
      utimesSync(join(folder, `${name}.${ending}`), 1000 + index, 1000 + index);
    }
  }
  // The oldest one is current again.
  symlinkSync(`${recipes[0]}.iso`, join(folder, 'tiny-linux.iso'));
  const setup = (await import(new URL('../../scripts/setup.mjs', import.meta.url).href)) as Setup;
  setup.removeOldGuests(join(folder, 'tiny-linux.iso'));
  const left = [recipes[0], recipes[3], 'debian-serial-1111111111111111'];
  assert.deepEqual(
    readdirSync(folder).sort(),
    [...left.flatMap((name) => [`${name}.iso`, `${name}.packages`]), 'tiny-linux.iso'].sort(),
  );
});
