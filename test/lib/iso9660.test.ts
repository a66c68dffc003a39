import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { missingPart } from '../../src/lib/iso9660.ts';

const BLOCK = 2048;

/** A file of so many blocks whose volume descriptor says that there are `blocks`. */
function image(actual: number, blocks: number, signature = '\x01CD001'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'iso-')), 'cd.iso');
  const bytes = Buffer.alloc(17 * BLOCK);
  bytes.write(signature, 16 * BLOCK, 'latin1');
  bytes.writeUInt32LE(blocks, 16 * BLOCK + 80);
  bytes.writeUInt16LE(BLOCK, 16 * BLOCK + 128);
  writeFileSync(file, bytes);
  truncateSync(file, actual * BLOCK);
  return file;
}

describe('missingPart', () => {
  it('tells how much of an ISO image there is', () => {
    assert.equal(
      missingPart(image(2048, 8192)),
      'it has 4.0 MiB of the 16.0 MiB that an ISO image with this directory has',
    );
    assert.notEqual(missingPart(image(8192 - 151, 8192)), undefined);
  });

  it('finds nothing wrong with whole images, with those without padding, and with those that go on behind the file system', () => {
    assert.equal(missingPart(image(8192, 8192)), undefined);
    assert.equal(missingPart(image(8192 - 150, 8192)), undefined);
    assert.equal(missingPart(image(9000, 8192)), undefined);
  });

  it('knows nothing of other files', () => {
    assert.equal(missingPart(image(2048, 8192, '\x01NSR02')), undefined);
    assert.equal(missingPart(image(3, 8192)), undefined);
    assert.equal(missingPart('/nowhere/cd.iso'), undefined);
  });
});
