import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeSource,
  encodeSource,
  format,
  isIdentifier,
  nearest,
  parseConfig,
} from '../../src/hcl/index.ts';
import { graphemeCount, graphemes } from '../../src/hcl/graphemes.ts';
import { SourceText } from '../../src/hcl/syntax/source-text.ts';
import { editDistance } from '../../src/hcl/suggestion.ts';
import { showDiagnostics } from './tree.ts';

describe('graphemes', () => {
  it('are those of Unicode 13', () => {
    assert.deepEqual(graphemes('e\u0301👨‍👩‍👧🇩🇪x'), ['e\u0301', '👨‍👩‍👧', '🇩🇪', 'x']);
    // Later versions of Unicode join these two letters.
    assert.deepEqual(graphemes('क्ष'), ['क्', 'ष']);
    assert.equal(graphemeCount('a\r\nb'), 3);
    assert.equal(graphemeCount('각ᄀ'), 2);
  });
});

describe('positions', () => {
  it('lines and columns', () => {
    const text = new SourceText({ filename: 'f', text: '\ufeffab\r\né\u0301x\n\ty' });
    const at = (offset: number) => {
      const { line, column } = text.position(offset);
      return `${line}:${column}`;
    };
    assert.deepEqual([1, 2, 5, 7, 8, 9, 10].map(at), ['1:1', '1:2', '2:1', '2:2', '2:3', '3:1', '3:2']);
  });
});

describe('encodings', () => {
  it('what is UTF-8 is decoded as everywhere', () => {
    for (const text of ['', 'a = "é日本👨‍👩‍👧\u0000"\n', '\ufeffa = 1\n']) {
      assert.equal(decodeSource(Buffer.from(text)), text);
      assert.deepEqual(Buffer.from(encodeSource(text)), Buffer.from(text));
    }
  });

  it('other bytes come back as they were', () => {
    const samples = [
      'ff',
      '80',
      'c3',
      'c3a9e9',
      'e282',
      'e28241',
      'eda080',
      'f0808080',
      'f09f9880f0',
      'c080',
      'f4908080',
      'efbfbd',
    ];
    for (const hex of samples) {
      const bytes = Buffer.from(`61${hex}0a62`, 'hex');
      assert.equal(
        Buffer.from(encodeSource(decodeSource(bytes))).toString('hex'),
        bytes.toString('hex'),
        hex,
      );
    }
  });

  it('they are refused, but for comments', () => {
    const summaries = (bytes: Buffer) =>
      showDiagnostics(parseConfig({ filename: 'f', text: decodeSource(bytes) }).diagnostics);
    assert.deepEqual(summaries(Buffer.from('a = 1\nb = "für"\n', 'latin1')), [
      '2:7 Invalid character encoding',
    ]);
    assert.deepEqual(summaries(Buffer.from('für = 1\nö = 2\n', 'latin1')).slice(0, 1), [
      '1:2 Invalid character encoding',
    ]);
    const commented = Buffer.from('a=1 # f\xfcr\n', 'latin1');
    assert.deepEqual(summaries(commented), []);
    const formatted = encodeSource(format(decodeSource(commented)));
    assert.equal(Buffer.from(formatted).toString('latin1'), 'a = 1 # f\xfcr\n');
  });
});

describe('identifiers', () => {
  it('are told from other words', () => {
    for (const name of ['a', '_a', 'a-1', 'größe', '変数']) assert.ok(isIdentifier(name), name);
    for (const name of ['', '1a', '-a', 'a b', 'a.b', '😀', 'a\u200db']) assert.ok(!isIdentifier(name), name);
  });
});

describe('suggestions', () => {
  it('are near, and only one', () => {
    const names = ['memory', 'disk_size', 'boot', 'boot_wait', 'vm_name', 'if'];
    const cases: Record<string, string | undefined> = {
      memroy: 'memory',
      diskSize: 'disk_size',
      'disk-size': 'disk_size',
      Boot: 'boot',
      bot: 'boot',
      boot: undefined,
      bootwait: 'boot_wait',
      fi: 'if',
      xy: undefined,
      something: undefined,
    };
    for (const [given, wanted] of Object.entries(cases)) assert.equal(nearest(given, names), wanted, given);
  });

  it('swapping neighbours is one step', () => {
    assert.equal(editDistance('ab', 'ba'), 1);
    assert.equal(editDistance('kitten', 'sitting'), 3);
    assert.equal(editDistance('', 'abc'), 3);
  });
});
