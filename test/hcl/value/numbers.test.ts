import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BigFloat, NotANumberError } from '../../../src/hcl/value/big-float.ts';
import {
  formatDouble,
  formatNumber,
  numberText,
  parseNumber,
} from '../../../src/hcl/value/big-float-text.ts';

const number = (text: string): BigFloat => {
  const parsed = parseNumber(text);
  assert.ok(parsed, `${text} is a number`);
  return parsed;
};
const text = (value: BigFloat): string => numberText(value);

describe('reading numbers', () => {
  const readings: Record<string, string> = {
    '0': '0',
    '-0': '-0',
    '007': '7',
    '.5': '0.5',
    '1.': '1',
    '+2': '2',
    '1e3': '1000',
    '1E-7': '0.0000001',
    '1p3': '8',
    '3p-1': '1.5',
    Inf: '+Inf',
    '-inf': '-Inf',
    '9007199254740993': '9007199254740993',
    '123456789012345678901234567890.5': '123456789012345678901234567890.5',
    '1e1000000000': '+Inf',
    '1e-1000000000': '0',
  };
  for (const [given, wanted] of Object.entries(readings)) {
    it(`${given} is ${wanted}`, () => assert.equal(text(number(given)), wanted));
  }
  for (const wrong of ['', '.', '-', 'e1', '1e', '1_0', '0x10', ' 1', '1 ', '1e1e1', 'NaN', 'INF', '１']) {
    it(`${JSON.stringify(wrong)} is none`, () => assert.equal(parseNumber(wrong), undefined));
  }
});

describe('arithmetic', () => {
  it('is that of 512-bit binary floats', () => {
    assert.equal(number('0.1').add(number('0.2')).compare(number('0.3')), 0);
    assert.notEqual(number('0.3').subtract(number('0.1')).compare(number('0.2')), 0);
    assert.notEqual(number('1.1').multiply(number('1.1')).compare(number('1.21')), 0);
    assert.equal(text(number('1').divide(number('3'))).length, 157);
  });

  it('gives the precision of the more precise operand', () => {
    const double = (value: number): BigFloat => BigFloat.fromDouble(value);
    assert.equal(text(double(1).divide(double(3))), '0.3333333333333333');
    assert.equal(text(double(1).divide(number('3'))).length, 157);
    assert.equal(BigFloat.fromInteger(1).divide(double(3)).precision, 64);
    // A product keeps all its bits up to 512, whatever the precision of the factors.
    assert.equal(double(0.1).multiply(double(0.1)).precision, 104);
  });

  it('knows infinities and signed zeros', () => {
    const [one, zero, infinity] = [number('1'), number('0'), number('Inf')];
    assert.equal(text(one.divide(zero)), '+Inf');
    assert.equal(text(one.negate().divide(zero)), '-Inf');
    assert.equal(text(number('-0').add(zero)), '0');
    assert.equal(text(zero.multiply(one.negate())), '-0');
    assert.equal(text(zero.negate().negate()), '0');
    assert.equal(zero.compare(number('-0')), 0);
    for (const undefinedOne of [
      () => zero.divide(zero),
      () => infinity.subtract(infinity),
      () => infinity.multiply(zero),
      () => infinity.divide(infinity),
      () => one.remainder(infinity),
    ]) {
      assert.throws(undefinedOne, NotANumberError);
    }
  });

  it('takes remainders with the sign of the dividend', () => {
    const cases = [
      ['7', '3', '1'],
      ['-7', '3', '-1'],
      ['7', '-3', '1'],
      ['5.5', '2', '1.5'],
      ['4', '2', '0'],
      ['-4', '2', '0'],
      ['5', '0', '5'],
    ] as const;
    for (const [a, b, wanted] of cases)
      assert.equal(text(number(a).remainder(number(b))), wanted, `${a} % ${b}`);
  });

  it('rounds and truncates', () => {
    assert.equal(text(number('-2.5').floor()), '-3');
    assert.equal(text(number('2.5').floor()), '2');
    assert.equal(text(number('-2.5').truncate()), '-2');
    assert.equal(number('2.5').isInteger, false);
    assert.equal(number('1e400').isInteger, true);
    assert.equal(number('1e30').toBigInt(), 10n ** 30n);
  });

  it('adds numbers of any distance at once', () => {
    const huge = number('1e100000000');
    assert.equal(huge.add(number('1')).compare(huge), 0);
    assert.match(text(huge), /^\d+p\d+$/);
    assert.equal(number(text(huge)).compare(huge), 0);
  });
});

/** A reproducible stream of doubles of all sizes. */
function* doubles(count: number): Generator<number> {
  let seed = 12345;
  const next = (): number => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let i = 0; i < count; i += 1) yield (next() - 0.5) * 2 ** Math.floor(next() * 240 - 120);
}

describe('against the floats of the machine', () => {
  it('53-bit sums, differences and quotients round alike', () => {
    let before = 1;
    for (const value of doubles(3000)) {
      const [a, b] = [BigFloat.fromDouble(value), BigFloat.fromDouble(before)];
      assert.equal(a.add(b).toNumber(), value + before);
      assert.equal(a.subtract(b).toNumber(), value - before);
      assert.equal(a.multiply(b).toNumber(), value * before);
      assert.equal(a.divide(b).toNumber(), value / before);
      assert.equal(a.compare(b), Math.sign(value - before));
      before = value;
    }
  });

  it('the shortest text reads back as the same number', () => {
    for (const value of doubles(3000)) {
      assert.equal(Number(numberText(BigFloat.fromDouble(value))), value);
      assert.equal(number(String(value)).toNumber(), value);
    }
  });

  it('converts subnormal and overflowing numbers', () => {
    for (const literal of [
      '5e-324',
      '2.4e-324',
      '1.234567e-310',
      '2.2250738585072011e-308',
      '1.8e308',
      '1e400',
    ]) {
      assert.equal(number(literal).toNumber(), Number(literal), literal);
    }
  });
});

describe("Go's verbs", () => {
  const verbs = [
    ['2.5', 'f', 0, '2'],
    ['3.5', 'f', 0, '4'],
    ['123.456', 'e', 3, '1.235e+02'],
    ['99.99', 'g', 3, '100'],
    ['1234567', 'g', 3, '1.23e+06'],
    ['0', 'e', 2, '0.00e+00'],
    ['0.001', 'f', 2, '0.00'],
    ['1e-5', 'g', undefined, '1e-05'],
  ] as const;
  for (const [value, verb, precision, wanted] of verbs) {
    it(`%.${precision ?? ''}${verb} of ${value} is ${wanted}`, () =>
      assert.equal(formatNumber(number(value), verb, precision), wanted));
  }
  it('%g of doubles has the exponents of Go', () => {
    const cases: [number, string][] = [
      [1e6, '1e+06'],
      [123456, '123456'],
      [0.0001, '0.0001'],
      [0.00001, '1e-05'],
      [-1.5, '-1.5'],
      [1e100, '1e+100'],
      [5e-324, '5e-324'],
      [-0, '-0'],
      [Infinity, '+Inf'],
    ];
    for (const [value, wanted] of cases) assert.equal(formatDouble(value), wanted);
  });
});
