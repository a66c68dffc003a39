import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findChecksum, parseChecksumSource } from '../../src/lib/checksum.ts';

const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const SHA1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const SHA512 = SHA256 + SHA256;

describe('what iso_checksum says', () => {
  const good: [string, unknown][] = [
    ['none', 'none'],
    ['NONE', 'none'],
    [MD5, { algorithm: 'md5', hex: MD5 }],
    [SHA256.toUpperCase(), { algorithm: 'sha256', hex: SHA256 }],
    [`sha256:${SHA256}`, { algorithm: 'sha256', hex: SHA256 }],
    [`SHA512:${SHA512}`, { algorithm: 'sha512', hex: SHA512 }],
    ['file:https://x/SHA256', { file: 'https://x/SHA256' }],
    ['file:sums', { file: 'sums' }],
    ['file:file:///tmp/sums', { file: 'file:///tmp/sums' }],
    ['file:///tmp/sums', { file: 'file:///tmp/sums' }],
  ];
  for (const [text, source] of good) {
    test(text, () => assert.deepEqual(parseChecksumSource(text), { source }));
  }
  const bad: [string, RegExp][] = [
    ['', /0 digits/],
    ['file:', /names no file/],
    [`sha3:${SHA256}`, /starts with "sha3:", and the known algorithms are md5/],
    [`sha1:${SHA256}`, /has 64 digits, and sha1 has 40/],
    [SHA256.slice(1), /has 63 digits, which no known algorithm has/],
    [`${SHA256.slice(1)}g`, /other characters/],
  ];
  for (const [text, fault] of bad) {
    test(`no checksum: ${text}`, () => {
      const parsed = parseChecksumSource(text);
      assert.match('fault' in parsed ? parsed.fault : 'it was accepted', fault);
    });
  }
});

describe('files of checksums', () => {
  const place = '/pub/OpenBSD/7.9/amd64/install79.iso';
  const found: [string, string, string][] = [
    ['BSD', `SHA256 (install79.img) = ${MD5}${MD5}\nSHA256 (install79.iso) = ${SHA256}\n`, SHA256],
    ['BSD, signed', `untrusted comment: x\nRWQ\nSHA256 (install79.iso) = ${SHA256}\n`, SHA256],
    ['GNU', `${MD5}  other.iso\n${SHA1}  install79.iso\n`, SHA1],
    ['GNU, binary', `${SHA1} *./install79.iso\r\n`, SHA1],
    ['nothing but a checksum', `${SHA256}\n`, SHA256],
    ['the longer path wins', `${MD5}  i386/install79.iso\n${SHA1}  amd64/install79.iso\n`, SHA1],
    [
      'the strongest of several',
      `MD5 (install79.iso) = ${MD5}\nSHA512 (install79.iso) = ${SHA512}\n`,
      SHA512,
    ],
    ['a name of which only the last part fits', `${SHA1}  images/install79.iso\n`, SHA1],
  ];
  for (const [name, sums, hex] of found) {
    test(name, () => {
      const result = findChecksum(sums, place);
      assert.equal('checksum' in result ? result.checksum.hex : undefined, hex);
    });
  }
  test('other names, and lines whose checksum has the wrong length', () => {
    const sums = `SHA256 (install79.iso) = ${MD5}\n${MD5}  xinstall79.iso\n<html>not found</html>\n`;
    assert.deepEqual(findChecksum(sums, place), { names: ['xinstall79.iso'] });
  });
});
