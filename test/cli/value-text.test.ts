import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueText } from '../../src/cli/view/value-text.ts';
import { parseNumber } from '../../src/hcl/value/big-float-text.ts';
import {
  TRUE,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  tupleValue,
  unknownValue,
} from '../../src/hcl/value/construct.ts';
import { sensitive } from '../../src/hcl/value/marks.ts';
import type { Value } from '../../src/hcl/value/value.ts';

const number = (text: string): Value => numberValue(parseNumber(text)!);
const object = (attributes: Record<string, Value>): Value => objectValue(new Map(Object.entries(attributes)));

// What `packer console` prints for the same values.
const ROWS: readonly [Value, string][] = [
  [stringValue('a\nb'), 'a\nb'],
  [TRUE, 'true'],
  [nullValue(), 'null'],
  [number('1234567'), '1234567'],
  [number('9223372036854775807'), '9223372036854775807'],
  [number('9223372036854775808'), '9.223372036854776e+18'],
  [number('-1e20'), '-1e+20'],
  [number('12345678.5'), '1.23456785e+07'],
  [number('0.1'), '0.1'],
  [number('0.00001'), '1e-05'],
  [tupleValue([]), '[]'],
  [object({}), '{}'],
  [tupleValue([stringValue('a"b\n')]), '[\n  "a\\"b\\n",\n]'],
  [setValue([stringValue('b'), stringValue('a')]), '[\n  "a",\n  "b",\n]'],
  [tupleValue([nullValue()]), '[\n  null,\n]'],
  // Null attributes are left out.
  [object({ a: nullValue(), b: stringValue('x') }), '{\n  "b" = "x"\n}'],
  [
    object({ 'a b': tupleValue([number('1'), object({ c: TRUE })]), d: tupleValue([]) }),
    '{\n  "a b" = [\n    1,\n    {\n      "c" = true\n    },\n  ]\n  "d" = []\n}',
  ],
  [sensitive(stringValue('secret')), '<sensitive>'],
  [object({ a: sensitive(stringValue('secret')) }), '{\n  "a" = <sensitive>\n}'],
  [unknownValue(), '<unknown>'],
];

test('values as Packer’s console prints them', () => {
  for (const [value, text] of ROWS) assert.equal(valueText(value), text);
});
