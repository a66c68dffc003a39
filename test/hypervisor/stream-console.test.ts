import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamConsole } from '../../src/hypervisor/stream-console.ts';

test('a listener that comes late gets what there was in pieces that it can digest, and all of it', () => {
  const console = new StreamConsole();
  const printed = Buffer.alloc(3_000_000, 'all work and no play\r\n');
  console.push(printed);
  const pieces: Uint8Array[] = [];
  console.onData((chunk) => pieces.push(chunk));
  console.push(Buffer.from('and now'));
  assert.ok(Math.max(...pieces.map(({ length }) => length)) <= 64 * 1024, 'a piece is too large');
  assert.ok(Buffer.concat(pieces).equals(Buffer.concat([printed, Buffer.from('and now')])));
});
