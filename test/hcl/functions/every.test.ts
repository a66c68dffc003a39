// What holds for every function alike: null, unknown and sensitive arguments, each in each place.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { functionReference, REFERENCE } from '../../../scripts/function-docs.ts';
import {
  functions,
  hasErrors,
  isKnown,
  isSensitive,
  isWhollyKnown,
  valueToJson,
} from '../../../src/hcl/index.ts';
import type { FunctionSpec, Parameter, Value } from '../../../src/hcl/index.ts';
import { evaluate, parseExpression, sensitive, unknownValue, unmarkDeep } from '../../../src/hcl/index.ts';

const KEY = `<<KEY
-----BEGIN RSA PRIVATE KEY-----
-----END RSA PRIVATE KEY-----
KEY
`;
/** Arguments with which each function succeeds; those of services and of files are not called here. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  abs: ['-1'],
  abspath: ['"a"'],
  alltrue: ['[true]'],
  anytrue: ['[true]'],
  aws_secretsmanager: ['"a"', '"b"'],
  aws_secretsmanager_raw: ['"a"'],
  base64decode: ['"YQ=="'],
  base64encode: ['"a"'],
  base64gzip: ['"a"'],
  basename: ['"a/b"'],
  bcrypt: ['"a"', '4'],
  can: ['1'],
  ceil: ['1.5'],
  chomp: ['"a\\n"'],
  chunklist: ['["a"]', '1'],
  cidrhost: ['"10.0.0.0/8"', '1'],
  cidrnetmask: ['"10.0.0.0/8"'],
  cidrsubnet: ['"10.0.0.0/8"', '8', '1'],
  cidrsubnets: ['"10.0.0.0/8"', '8'],
  coalesce: ['"a"', '"b"'],
  coalescelist: ['["a"]', '["b"]'],
  compact: ['["a"]'],
  concat: ['["a"]', '["b"]'],
  consul_key: ['"a"'],
  contains: ['["a"]', '"a"'],
  convert: ['"a"', 'string'],
  csvdecode: ['"a\\n1"'],
  dirname: ['"a/b"'],
  distinct: ['["a"]'],
  element: ['["a"]', '0'],
  endswith: ['"ab"', '"b"'],
  file: ['"a"'],
  filebase64: ['"a"'],
  fileexists: ['"no-such-file"'],
  fileset: ['"no-such-directory"', '"*"'],
  flatten: ['[["a"]]'],
  floor: ['1.5'],
  format: ['"%s"', '"a"'],
  formatdate: ['"YYYY"', '"2024-03-05T14:07:09Z"'],
  formatlist: ['"%s"', '["a"]'],
  indent: ['1', '"a"'],
  index: ['["a"]', '"a"'],
  join: ['","', '["a"]'],
  jsondecode: ['"1"'],
  jsonencode: ['"a"'],
  keys: ['{a = 1}'],
  legacy_isotime: ['"2006"'],
  legacy_strftime: ['"%Y"'],
  length: ['"a"'],
  log: ['2', '2'],
  lookup: ['{a = "b"}', '"c"', '"d"'],
  lower: ['"A"'],
  max: ['1', '2'],
  md5: ['"a"'],
  merge: ['{a = 1}', '{b = 2}'],
  min: ['1', '2'],
  parseint: ['"1"', '10'],
  pathexpand: ['"a"'],
  pow: ['2', '2'],
  range: ['2'],
  regex: ['"a"', '"a"'],
  regex_replace: ['"a"', '"a"', '"b"'],
  regexall: ['"a"', '"a"'],
  replace: ['"a"', '"a"', '"b"'],
  reverse: ['["a"]'],
  rfc3339_parse: ['"2024-03-05T14:07:09Z"'],
  rsadecrypt: ['"YQ=="', KEY],
  setintersection: ['["a"]', '["a"]'],
  setproduct: ['["a"]', '["b"]'],
  setunion: ['["a"]', '["b"]'],
  sha1: ['"a"'],
  sha256: ['"a"'],
  sha512: ['"a"'],
  signum: ['1'],
  slice: ['["a"]', '0', '1'],
  sort: ['["a"]'],
  split: ['","', '"a"'],
  startswith: ['"a"', '"a"'],
  strcontains: ['"a"', '"a"'],
  strrev: ['"ab"'],
  substr: ['"abc"', '0', '1'],
  sum: ['[1]'],
  templatefile: ['"a"', '{}'],
  textdecodebase64: ['"YQ=="', '"UTF-8"'],
  textencodebase64: ['"a"', '"UTF-8"'],
  timeadd: ['"2024-03-05T14:07:09Z"', '"1h"'],
  timestamp: [],
  title: ['"a"'],
  trim: ['"a"', '"b"'],
  trimprefix: ['"ab"', '"a"'],
  trimspace: ['" a"'],
  trimsuffix: ['"ab"', '"b"'],
  try: ['1'],
  unix_timestamp_parse: ['0'],
  upper: ['"a"'],
  urlencode: ['"a b"'],
  uuidv4: [],
  uuidv5: ['"dns"', '"a"'],
  values: ['{a = 1}'],
  vault: ['"a"', '"b"'],
  yamldecode: ['"1"'],
  yamlencode: ['"a"'],
  zipmap: ['["a"]', '["b"]'],
};

/** Functions whose samples do not succeed here, or give another value each time. */
const NOT_CALLED = [
  'aws_secretsmanager',
  'aws_secretsmanager_raw',
  'consul_key',
  'vault',
  'file',
  'filebase64',
];
const NOT_REPEATABLE = [...NOT_CALLED, 'bcrypt', 'rsadecrypt', 'templatefile', 'uuidv4', 'timestamp'];

const valueFunctions = [...functions.values()].filter((spec) => spec.kind !== 'expressions');

function evaluateText(text: string, variables: ReadonlyMap<string, Value> = new Map()) {
  const { expression, diagnostics } = parseExpression({ filename: 'every', text });
  assert.deepEqual(diagnostics, []);
  return evaluate(expression, { functions, variables });
}

/** The call of a sample with one argument replaced by a variable of this value. */
function callWith(name: string, index: number, value: Value) {
  const args = SAMPLES[name]!.map((argument, own) => (own === index ? 'it' : argument));
  return evaluateText(`${name}(${args.join(', ')}\n)`, new Map([['it', value]]));
}

function eachArgument(visit: (spec: FunctionSpec, parameter: Parameter, index: number) => void): void {
  for (const spec of valueFunctions) {
    SAMPLES[spec.name]!.forEach((_argument, index) =>
      visit(spec, (spec.parameters[index] ?? spec.variadic)!, index),
    );
  }
}

test('every function has a sample here', () => {
  assert.deepEqual(Object.keys(SAMPLES), [...functions.keys()].sort());
});

test('every function and every parameter is described in full sentences', () => {
  for (const { name, description, parameters, variadic } of functions.values()) {
    const texts = [
      description,
      ...[...parameters, variadic].map((parameter) => parameter?.description ?? 'Ok.'),
    ];
    for (const text of texts) assert.match(text, /^[A-Z].*\.$/, name);
  }
});

test('the function reference is up to date', () => {
  assert.equal(readFileSync(REFERENCE, 'utf8'), functionReference());
});

test('a null argument is an error at the argument, unless the parameter allows it', () => {
  eachArgument(({ name }, { allowNull }, index) => {
    if (allowNull === true) return;
    const { diagnostics } = callWith(name, index, evaluateText('null').value);
    const [first] = diagnostics;
    assert.equal(first?.code, 'invalid-function-argument', `${name}, argument ${index}`);
    assert.match(first.detail, /null/);
  });
});

test('an unknown argument makes the result unknown, unless the parameter allows it', () => {
  eachArgument(({ name }, { type, allowUnknown }, index) => {
    if (allowUnknown === true) return;
    const sample = evaluateText(`${SAMPLES[name]![index]!}\n`).value;
    const { value, diagnostics } = callWith(
      name,
      index,
      unknownValue(type.kind === 'dynamic' ? sample.type : type),
    );
    assert.deepEqual(diagnostics, [], `${name}, argument ${index}`);
    assert.ok(!isKnown(value), `${name}, argument ${index}`);
  });
});

test('an argument of which nothing is known is no error', () => {
  eachArgument(({ name }, _parameter, index) => {
    if (NOT_CALLED.includes(name)) return;
    const { value, diagnostics } = callWith(name, index, unknownValue());
    assert.deepEqual(diagnostics, [], `${name}, argument ${index}`);
    if (!['coalesce', 'coalescelist', 'jsonencode'].includes(name)) {
      assert.ok(!isWhollyKnown(value), `${name}, argument ${index}`);
    }
  });
});

test('a sensitive argument makes the result sensitive, and changes nothing else', () => {
  eachArgument(({ name }, _parameter, index) => {
    if (NOT_REPEATABLE.includes(name)) return;
    const sample = evaluateText(`${SAMPLES[name]![index]!}\n`).value;
    const { value, diagnostics } = callWith(name, index, sensitive(sample));
    assert.ok(!hasErrors(diagnostics), `${name}, argument ${index}`);
    assert.ok(isSensitive(value), `${name}, argument ${index}`);
    const [plain] = unmarkDeep(value);
    const expected = evaluateText(`${name}(${SAMPLES[name]!.join(', ')}\n)`).value;
    assert.equal(valueToJson(plain), valueToJson(expected), name);
  });
});
