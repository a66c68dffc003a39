import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  convert,
  ConversionError,
  describeValue,
  evaluate,
  evaluateTypeConstraint,
  friendlyName,
  functions,
  isWhollyKnown,
  listType,
  listValue,
  mapType,
  mapValue,
  marksDeep,
  nullValue,
  numberValue,
  objectValue,
  parseExpression,
  sensitive,
  setType,
  setValue,
  STRING,
  stringValue,
  tupleValue,
  typeExpression,
  typeFromJson,
  typeToJson,
  unknownValue,
  unify,
  unmarkDeep,
  valueFromJson,
  valueOfPlain,
  valuesEqual,
  valueText,
  valueToJson,
  valueToPlain,
} from '../../../src/hcl/index.ts';
import type { Type, Value } from '../../../src/hcl/index.ts';

/** The value of an expression of the language. */
function value(text: string): Value {
  const { expression, diagnostics } = parseExpression({ filename: 'test', text });
  assert.deepEqual(diagnostics, [], text);
  const result = evaluate(expression, { functions, variables: new Map() });
  assert.deepEqual(result.diagnostics, [], text);
  return result.value;
}

/** The type that a type constraint of the language stands for. */
function type(text: string): Type {
  const { expression } = parseExpression({ filename: 'test', text });
  const reading = evaluateTypeConstraint(expression);
  assert.deepEqual(reading.diagnostics, [], text);
  return reading.type;
}

describe('conversion', () => {
  const conversions = [
    ['1.50', 'string', '"1.5"'],
    ['true', 'string', '"true"'],
    ['"1e3"', 'number', '1000'],
    ['"1"', 'bool', 'true'],
    ['[1, "a", true]', 'list(string)', '["1", "a", "true"]'],
    ['["b", "a", "b"]', 'set(string)', '["a", "b"]'],
    ['[10, 9, 100]', 'set(number)', '[9, 10, 100]'],
    ['{ a = 1, b = "x" }', 'map(string)', '{ a = "1", b = "x" }'],
    ['[1, "a"]', 'list(any)', '["1", "a"]'],
    ['{ a = 1, b = 2 }', 'object({ a = string })', '{ a = "1" }'],
    ['{ a = 1 }', 'object({ a = number, b = optional(string) })', '{ a = 1, b = null }'],
    ['{ a = 1 }', 'object({ a = number, b = optional(string, 5) })', '{ a = 1, b = "5" }'],
    ['{ a = 1, b = null }', 'object({ a = number, b = optional(string, 5) })', '{ a = 1, b = "5" }'],
    ['{}', 'object({ o = optional(object({ x = optional(number, 1) }), {}) })', '{ o = { x = 1 } }'],
    ['[{}]', 'list(object({ x = optional(bool, true) }))', '[{ x = true }]'],
    ['null', 'list(string)', 'null'],
    ['[1, 2]', 'tuple([string, number])', '["1", 2]'],
    ['[]', 'list(any)', '[]'],
  ] as const;
  for (const [given, wanted, shown] of conversions) {
    it(`${given} to ${wanted}`, () => assert.equal(valueText(convert(value(given), type(wanted))), shown));
  }

  const failures = [
    ['"x"', 'number', /a number is required/],
    ['"True"', 'bool', /in lower case/],
    ['1', 'bool', /bool required, but this is a number/],
    ['"x"', 'list(string)', /list of string required, but this is a string/],
    ['["a", []]', 'list(string)', /element 1: string required/],
    ['["1", "x"]', 'list(number)', /a number is required, at \[1\]/],
    ['{ a = { b = "x" } }', 'object({ a = object({ b = number }) })', /a number is required, at a\.b/],
    ['{}', 'object({ a = string, b = string, c = string })', /attributes "a", "b" and "c" are required/],
    ['{ a = [] }', 'object({ a = string })', /attribute "a": string required/],
    ['[1]', 'tuple([number, number])', /tuple of exactly 2 elements required, but this one has 1/],
    ['[1, true]', 'list(any)', /all list elements must have the same type/],
    ['convert({ x = 1 }, map(number))', 'object({ y = number })', /no element "y"/],
  ] as const;
  for (const [given, wanted, message] of failures) {
    it(`not ${given} to ${wanted}`, () =>
      assert.throws(
        () => convert(value(given), type(wanted)),
        (error) => error instanceof ConversionError && message.test(error.describe()),
      ));
  }

  it('keeps marks, of the value and inside it', () => {
    const list = tupleValue([sensitive(numberValue(1)), numberValue(2)]);
    const converted = convert(list, listType(STRING));
    assert.deepEqual([...marksDeep(converted)], ['sensitive']);
    assert.deepEqual([...converted.marks], []);
    assert.deepEqual([...convert(sensitive(numberValue(1)), STRING).marks], ['sensitive']);
    assert.deepEqual([...convert(list, setType(STRING)).marks], ['sensitive'], 'a set is marked as a whole');
  });

  it('leaves what is unknown unknown, with the type that is known', () => {
    const converted = convert(unknownValue(), listType(STRING));
    assert.deepEqual(converted.type, listType(STRING));
    assert.equal(isWhollyKnown(converted), false);
    assert.equal(
      friendlyName(convert(unknownValue(mapType(STRING)), type('map(any)')).type),
      'map of string',
    );
  });
});

describe('unification', () => {
  const unifications: [string[], string | undefined][] = [
    [['number', 'string'], 'string'],
    [['number', 'bool'], undefined],
    [['any', 'number'], 'number'],
    [['tuple([number])', 'tuple([string])'], 'tuple([string])'],
    [['tuple([number])', 'tuple([string, bool])'], 'list(string)'],
    [['tuple([])', 'list(number)'], 'list(number)'],
    [['object({ a = number })', 'object({ a = string })'], 'object({ a = string })'],
    [['object({ a = number })', 'object({ b = string })'], 'map(string)'],
    [['object({ a = number })', 'map(string)'], 'map(string)'],
    [['object({})', 'tuple([])'], undefined],
    [['set(number)', 'list(number)'], 'list(number)'],
  ];
  for (const [types, wanted] of unifications) {
    it(`${types.join(' and ')}: ${wanted ?? 'nothing'}`, () => {
      const unified = unify(types.map(type));
      assert.equal(unified && typeExpression(unified), wanted);
    });
  }
});

describe('values', () => {
  it('sets have the order of the reference', () => {
    const order = (text: string): string => valueText(value(text));
    assert.equal(order('convert(["b", "a", "é", "Z"], set(string))'), '["Z", "a", "b", "é"]');
    assert.equal(order('convert([true, false], set(bool))'), '[false, true]');
    assert.equal(
      order('convert([{ n = 9 }, { n = 100 }, { n = 10 }], set(object({ n = number })))'),
      '[{ n = 100 }, { n = 10 }, { n = 9 }]',
    );
    const elements = [nullValue(STRING), stringValue('\u{10000}'), stringValue('\uffff')];
    assert.equal(valueText(setValue(elements)), '["\uffff", "\u{10000}", null]');
  });

  it('strings are in normal form C, keys too', () => {
    assert.equal(stringValue('e\u0301').content, '\u00e9');
    const object = objectValue(new Map([['e\u0301', numberValue(1)]]));
    assert.deepEqual([...(object.content as ReadonlyMap<string, Value>).keys()], ['\u00e9']);
  });

  it('collections are of one type', () => {
    assert.throws(() => listValue([numberValue(1), stringValue('a')]), TypeError);
    assert.deepEqual(listValue([nullValue(), stringValue('a')]).type, listType(STRING));
    assert.throws(() => mapValue(new Map([['a', numberValue(1)], ['b', stringValue('')]])), TypeError); // prettier-ignore
  });

  it('equality does not convert, and is open where something unknown decides', () => {
    assert.equal(valuesEqual(value('1'), value('"1"')), false);
    assert.equal(valuesEqual(value('null'), value('convert(null, string)')), true);
    assert.equal(valuesEqual(value('[1]'), value('convert([1], list(number))')), false);
    const open = tupleValue([numberValue(1), unknownValue(STRING)]);
    assert.equal(valuesEqual(open, tupleValue([numberValue(1), stringValue('a')])), undefined);
    assert.equal(valuesEqual(open, tupleValue([numberValue(2), stringValue('a')])), false);
    assert.equal(valuesEqual(unknownValue(STRING), numberValue(1)), false);
  });

  it('marks come off at every depth and are found there', () => {
    const nested = objectValue(new Map([['a', tupleValue([sensitive(stringValue('x'))])]]));
    const [plain, marks] = unmarkDeep(nested);
    assert.deepEqual([...marks], ['sensitive']);
    assert.equal(marksDeep(plain).size, 0);
    assert.equal(unmarkDeep(plain)[0], plain, 'nothing is copied where there is nothing to take off');
  });
});

describe('JSON', () => {
  it('holds every value with its type', () => {
    for (const text of [
      '{ a = [1, "x", null], b = { c = true } }',
      '1 / 3',
      '-0',
      'convert(["a"], set(string))',
      'convert({ "10" = 1, "9" = 2 }, map(number))',
      '"\\u0001\\n\\"é"',
    ]) {
      const given = value(text);
      const parsed = JSON.parse(
        valueToJson(given).replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.]*/g, (part) =>
          part.startsWith('"') ? part : `{"#":"${part}"}`,
        ),
        (_key, part) => {
          if (typeof part !== 'object' || part === null || Array.isArray(part)) return part as unknown;
          const fields = part as Record<string, unknown>;
          return '#' in fields ? { number: fields['#'] } : new Map(Object.entries(fields));
        },
      ) as Parameters<typeof valueFromJson>[0];
      const readType = typeFromJson(JSON.parse(JSON.stringify(typeToJson(given.type))));
      assert.equal(valueToJson(valueFromJson(parsed, readType)), valueToJson(given), text);
    }
  });

  it('keeps keys in byte order and numbers in full', () => {
    assert.equal(
      valueToJson(value('{ b = 123456789012345678901234567890, a = 0.1 }')),
      '{"a":0.1,"b":123456789012345678901234567890}',
    );
  });

  it('has types with all their attributes', () => {
    const given = value('{ "__proto__" = [1], constructor = "x", toString = true }');
    assert.equal(
      JSON.stringify(typeToJson(given.type)),
      '["object",{"__proto__":["tuple",["number"]],"constructor":"string","toString":"bool"}]',
    );
  });

  it('is plain data for others', () => {
    const plain = valueToPlain(value('{ "__proto__" = 1, list = convert(["x"], set(string)), n = null }'));
    assert.equal(JSON.stringify(plain), '{"__proto__":1,"list":["x"],"n":null}');
    assert.equal(valueText(valueOfPlain({ a: [1.5, 'x', null, true] })), '{ a = [1.5, "x", null, true] }');
    assert.throws(() => valueToPlain(unknownValue(STRING)), /unknown/);
  });
});

describe('text of values', () => {
  it('reads back as the same value', () => {
    for (const text of [
      '{ "a b" = 1, c = "x\\n\\t\\"\\\\" }',
      '"$${x} %%{y} $$$${z} $x 100%"',
      '"\\u0007"',
      '[1.5, -2, true, null, []]',
      '{ "for" = 1, "9" = 2, true = 3 }',
    ]) {
      const given = value(text);
      assert.equal(valuesEqual(value(valueText(given)), given), true, valueText(given));
    }
  });

  it('hides what is sensitive and shortens what is long', () => {
    const secret = objectValue(new Map([['a', sensitive(stringValue('hunter2'))]]));
    assert.equal(valueText(secret), '{ a = (sensitive) }');
    assert.equal(describeValue(sensitive(value('[1, 2, 3]'))), '(sensitive)');
    assert.equal(describeValue(value('[for i in range(100): i]')), 'tuple with 100 elements');
    assert.equal(describeValue(value('"${join("", [for i in range(100): "x"])}"')), `"${'x'.repeat(59)}…"`);
    assert.equal(describeValue(unknownValue(STRING)), '(unknown string)');
  });
});
