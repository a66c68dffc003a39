import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AnsiStripper, stripAnsi } from '../../src/lib/ansi.ts';
import { formatDuration, parseDuration } from '../../src/lib/duration.ts';
import { OutputTail } from '../../src/lib/output-tail.ts';
import { formatSize, parseSize } from '../../src/lib/size.ts';

describe('AnsiStripper', () => {
  const sample =
    'boot\x1b[15;04H\x1b[15;05H: \x1b(Bé\x1b]0;title\x07\x1b[?25l\x1b[1;31mred\x1b[0m\r\n\tx\x00\x08';
  it('drops sequences inside words', () => {
    assert.equal(stripAnsi(sample), 'boot: éred\r\n\tx');
  });
  it('gives the same text wherever the stream is cut', () => {
    const bytes = new TextEncoder().encode(sample);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const stripper = new AnsiStripper();
      const text = stripper.push(bytes.subarray(0, cut)) + stripper.push(bytes.subarray(cut));
      assert.equal(text, 'boot: éred\r\n\tx', `cut at ${cut}`);
    }
  });
  it('survives a string sequence that never ends', () => {
    assert.equal(stripAnsi('a\x1bPgarbage\nb'), 'ab');
  });
});

describe('parseSize', () => {
  for (const [text, bytes] of [
    ['20G', 20n * 1024n ** 3n],
    ['1.5g', 1536n * 1024n ** 2n],
    ['512', 512n],
    ['512B', 512n],
    ['0.3K', 307n],
    ['2E', 2n * 1024n ** 6n],
    ['', undefined],
    ['G', undefined],
    ['-1G', undefined],
    ['1GB', undefined],
    ['1 G', undefined],
  ] as const) {
    it(`${text || '(empty)'} is ${bytes ?? 'no size'}`, () => assert.equal(parseSize(text), bytes));
  }
  it('formats what it reads back', () => {
    for (const bytes of [0n, 1n, 1023n, 1024n, 1536n * 1024n, 20n * 1024n ** 3n, 2n ** 70n]) {
      assert.equal(parseSize(formatSize(bytes)), bytes);
    }
    assert.equal(formatSize(1536n * 1024n ** 2n), '1536M');
  });
});

describe('parseDuration', () => {
  for (const [text, milliseconds] of [
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['100ms', 100],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['1ns', 1e-6],
    ['0', 0],
    ['-5s', -5000],
    ['+5s', 5000],
    ['.5m', 30_000],
    ['5', undefined],
    ['', undefined],
    ['s', undefined],
    ['.s', undefined],
    ['1d', undefined],
    ['1s 2s', undefined],
    ['1s-2s', undefined],
    ['9999999999h', undefined],
  ] as const) {
    it(`${text || '(empty)'} is ${milliseconds ?? 'no duration'}`, () =>
      assert.equal(parseDuration(text), milliseconds));
  }
  it('formats as Go does', () => {
    const texts = ['0s', '1ns', '1.5µs', '100ms', '1.5s', '1m30s', '1h0m0s', '-2h5m0.25s'];
    assert.deepEqual(
      texts.map((text) => formatDuration(parseDuration(text) ?? NaN)),
      texts,
    );
  });
});

describe('OutputTail', () => {
  it('keeps the last bytes', () => {
    const tail = new OutputTail(5);
    for (const part of ['ab', 'cdef', 'g']) tail.push(Buffer.from(part));
    assert.equal(tail.text(), 'cdefg');
    assert.ok(tail.overflowed);
  });
});
