import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  describeValue,
  evaluate,
  evaluateTypeConstraint,
  functions,
  listValue,
  numberValue,
  objectValue,
  parseConfig,
  parseExpression,
  sensitive,
  STRING,
  stringValue,
  traversalText,
  tupleValue,
  typeExpression,
  unknownValue,
  valueText,
  variablesOf,
} from '../../../src/hcl/index.ts';
import type { Diagnostic, Scope, Value } from '../../../src/hcl/index.ts';
import { EVALUATION_PROBLEMS } from '../../../src/hcl/eval/problems.ts';

const object = (entries: Record<string, Value>): Value => objectValue(new Map(Object.entries(entries)));

const variables = new Map<string, Value>([
  ['var', object({ name: stringValue('web'), password: sensitive(stringValue('hunter2')) })],
  ['list', listValue([stringValue('a'), stringValue('b')])],
  ['secrets', sensitive(object({ key: stringValue('k3y') }))],
  ['later', unknownValue(STRING)],
  ['nothing', unknownValue()],
  ['o', object({ size: numberValue(1), colour: stringValue('red') })],
]);

function run(text: string, scope: Scope = { variables, functions }): ReturnType<typeof evaluate> {
  const { expression, diagnostics } = parseExpression({ filename: 'test.hcl', text });
  assert.deepEqual(diagnostics, [], text);
  return evaluate(expression, scope);
}

/** The only diagnostic of an expression. */
function problemOf(text: string, scope?: Scope): Diagnostic {
  const { diagnostics } = run(text, scope);
  assert.equal(diagnostics.length, 1, `${text}: ${JSON.stringify(diagnostics.map((one) => one.summary))}`);
  return diagnostics[0]!;
}

describe('marks', () => {
  const marked = [
    'var.password',
    '"x${var.password}"',
    'upper(var.password)',
    '[for c in [var.password]: c][0]',
    '([var.password][*])[0]',
    'var.password == "x"',
    'var.password != null && true',
    '!(var.password == "x")',
    '-(length(var.password))',
    'true ? "a" : var.password',
    'var.password == "x" ? 1 : 2',
    '{ (var.password) = 1 }',
    'secrets.key',
    'secrets["key"]',
    '[for k, v in secrets: k]',
    '{ for k, v in secrets: k => v }',
    '[for x in [1, 2]: x if var.password == "x"]',
    '{ for x in ["a"]: x => 1 if var.password == "x" }',
    '{ for x in ["a"]: "${x}${var.password}" => 1 }',
    '{ hunter2 = 1 }[var.password]',
    'try(var.password.x, var.password)',
    'convert(var.password, string)',
    '"%{ if var.password == "x" }a%{ endif }"',
    '"%{ for x in [var.password] }${x}%{ endfor }"',
    'jsonencode({ a = [var.password] })',
    'format("%s", var.password)',
    'join(",", [[var.password]]...)',
    'later == var.password',
  ];
  for (const text of marked) {
    it(`survive ${text}`, () => {
      const { value, diagnostics } = run(text);
      assert.deepEqual(diagnostics, []);
      assert.ok(value.marks.has('sensitive'));
    });
  }

  it('stay on elements that are only passed on', () => {
    const { value } = run('{ a = var.password, b = var.name }');
    assert.equal(valueText(value), '{ a = (sensitive), b = "web" }');
  });

  const failures = [
    'var.password + 1',
    'list[var.password]',
    'secrets.nosuch',
    'secrets["nosuch"]',
    '{ (var.password) = 1 }[0]',
    '{ hunter3 = 1 }[var.password]',
    'file(var.password)',
    'jsondecode(var.password)',
    'abs(var.password)',
    'convert(var.password, number)',
    'parseint(var.password, 10)',
    'regex("^x", var.password)',
    'try(jsondecode(var.password))',
    '[for x in var.password: x]',
    '{ for x in [1, 2]: var.password => x }[0]',
    '{ for x in [var.password, var.password]: x => 1 }',
  ];
  for (const text of failures) {
    it(`keep secrets out of what is wrong with ${text}`, () => {
      const { diagnostics } = run(text);
      assert.ok(diagnostics.length > 0);
      for (const { summary, detail, values = [] } of diagnostics) {
        const shown = values.map(({ value }) => describeValue(value)).join();
        assert.doesNotMatch(`${summary} ${detail} ${shown}`, /hunter2|k3y/);
      }
    });
  }
});

describe('a sensitive list', () => {
  it('does not tell its length', () => {
    const many = sensitive(tupleValue(Array.from({ length: 77 }, () => numberValue(1))));
    const { detail } = problemOf('many[99]', { variables: new Map([['many', many]]), functions });
    assert.doesNotMatch(detail, /7[67]/);
  });
});

describe('unknown values', () => {
  const results = [
    ['later', '(unknown)', 'string'],
    ['upper(later)', '(unknown)', 'string'],
    ['"x${later}"', '(unknown)', 'string'],
    ['later == "x"', '(unknown)', 'bool'],
    ['[later][0]', '(unknown)', 'string'],
    ['[1, later]', '[1, (unknown)]', 'tuple([number, string])'],
    ['length([later])', '1', 'number'],
    ['nothing.a.b[0]', '(unknown)', 'any'],
    ['[for x in nothing: x]', '(unknown)', 'any'],
    ['nothing[*].a', '(unknown)', 'any'],
    ['nothing ? 1 : 2', '(unknown)', 'number'],
    ['false && nothing', 'false', 'bool'],
    ['nothing || true', 'true', 'bool'],
    ['true && nothing', '(unknown)', 'bool'],
    ['can(later)', '(unknown)', 'bool'],
    ['try(nothing.a, 1)', '(unknown)', 'any'],
    ['{ (later) = 1 }', '(unknown)', 'any'],
    ['nothing + 1', '(unknown)', 'number'],
  ] as const;
  for (const [text, shown, type] of results) {
    it(text, () => {
      const { value, diagnostics } = run(text);
      assert.deepEqual(diagnostics, []);
      assert.equal(valueText(value), shown);
      assert.equal(typeExpression(value.type), type);
    });
  }
  it('types are checked all the same', () => {
    assert.equal(problemOf('later + true').summary, 'Invalid operand');
    assert.equal(problemOf('abs([later])').summary, 'Invalid function argument');
  });
});

describe('diagnostics', () => {
  it('say what is there instead', () => {
    assert.match(problemOf('o.color').detail, /no attribute "color".*Did you mean "colour"\?/);
    assert.match(problemOf('o.x').detail, /It has: "colour", "size"\./);
    assert.match(problemOf('lst[0]').detail, /Did you mean "list"\?/);
    assert.match(problemOf('uper("a")').detail, /Did you mean "upper"\?/);
    assert.match(problemOf('list[2]').detail, /the indexes are 0 to 1, but this asks for 2/);
    assert.match(problemOf('webserver').detail, /put it in quotes: "webserver"/);
    assert.match(problemOf('substr("a", 1)').detail, /substr\(.*\) takes 3 arguments.*Missing is/);
    assert.match(problemOf('"x${list}"').detail, /join\(", ", …\) or jsonencode/);
    assert.match(problemOf('list.name').detail, /an index, as \[0\]/);
  });

  it('show the variables of the failing expression, and no others', () => {
    const { values = [] } = problemOf('true ? var.name + 1 : o.size');
    assert.deepEqual(
      values.map(({ name, value }) => `${name} = ${describeValue(value)}`),
      ['var.name = "web"'],
    );
    const inLoop = problemOf('[for x in ["1", "b"]: x + 1 if x != "1"]');
    assert.deepEqual(
      inLoop.values?.map(({ name, value }) => `${name} = ${describeValue(value)}`),
      ['x = "b"'],
    );
    const [password] = problemOf('var.password + 1').values ?? [];
    assert.equal(describeValue(password!.value), '(sensitive)');
  });

  it('have codes and summaries of the closed list', () => {
    for (const text of ['o.x', 'nosuch', '1 + []', '"x${null}"', 'true ? 1 : []', 'upper(1, 2)']) {
      const { code, summary } = problemOf(text);
      assert.equal(EVALUATION_PROBLEMS[code as keyof typeof EVALUATION_PROBLEMS], summary, code);
    }
  });

  it('name what is not allowed where nothing is', () => {
    assert.equal(problemOf('x', { functions }).summary, 'Variables not allowed');
    assert.equal(problemOf('upper("a")', { variables }).summary, 'Function calls not allowed');
    assert.deepEqual(run('[1, "a"]', {}).diagnostics, []);
  });

  it('report the branch that is taken only', () => {
    assert.deepEqual(run('true ? 1 : nosuch').diagnostics, []);
    assert.deepEqual(run('nosuch || true').diagnostics, []);
    assert.equal(problemOf('false ? 1 : nosuch').summary, 'Unknown variable');
  });
});

describe('limits', () => {
  it('a long chain of operators is no deep nesting', () => {
    assert.equal(valueText(run(`1${' + 1'.repeat(50_000)}`).value), '50001');
  });

  it('a chain of operators as an argument is none either', () => {
    assert.equal(valueText(run(`abs(0${' - 1'.repeat(20_000)})`).value), '20000');
  });

  it('a collection of more elements than a call has arguments is gone through', () => {
    const many = tupleValue(Array.from({ length: 200_000 }, (_, index) => stringValue(`s${index}`)));
    const scope = { variables: new Map([['many', many]]), functions };
    for (const [text, expected] of [
      ['length(setunion(many))', '200000'],
      ['length(concat(many, many))', '400000'],
      ['length(flatten([for one in many: [one]]))', '200000'],
      ['length(merge([for one in many: {}]...))', '0'],
      ['length("%{for one in many}x%{endfor}")', '200000'],
      ['length({ for one in many: one => 1 })', '200000'],
    ] as const) {
      assert.equal(valueText(run(text, scope).value), expected, text);
    }
  });

  it('what is there twice is found without comparing each with each', () => {
    const numbers = Array.from({ length: 100_000 }, (_, index) => numberValue(1e15 + (index >> 1)));
    const scope = { variables: new Map([['numbers', tupleValue(numbers)]]), functions };
    for (const name of ['distinct', 'setunion', 'setintersection']) {
      const rest = name === 'setintersection' ? ', numbers' : '';
      assert.equal(valueText(run(`length(${name}(numbers${rest}))`, scope).value), '50000', name);
    }
  });

  it('a value nested beyond the stack is a diagnostic', () => {
    let deep: Value = numberValue(1);
    for (let i = 0; i < 50_000; i += 1) deep = tupleValue([deep]);
    assert.equal(problemOf('flatten(deep)', { variables: new Map([['deep', deep]]), functions }).code, 'evaluation-too-deep'); // prettier-ignore
  });

  it('a value that shares its parts without end is a diagnostic wherever it would be gone through', () => {
    let wide: Value = tupleValue([numberValue(1)]);
    for (let i = 0; i < 60; i += 1) wide = tupleValue([wide, wide]);
    const scope = { variables: new Map([['wide', wide]]), functions };
    for (const text of [
      'wide == wide',
      'length(flatten(wide))',
      'true ? wide : [wide]',
      '"${jsonencode(wide)}"',
    ]) {
      assert.equal(problemOf(text, scope).code, 'value-too-large', text);
    }
    assert.equal(problemOf('convert(wide, list(any))', scope).code, 'invalid-function-argument');
    assert.deepEqual(run('wide[0][1][0]', scope).diagnostics, []);
  });

  it('loops inside loops end', () => {
    const { code } = problemOf(
      '[for a in range(1000): [for b in range(1000): [for c in range(1000): [for d in range(1000): 1 if false]]]]',
    );
    assert.equal(code, 'evaluation-too-long');
  });

  it('a mistake in a function is a diagnostic, not a crash', () => {
    const broken = new Map(functions);
    const upper = functions.get('upper')!;
    assert.ok(upper.kind !== 'expressions');
    broken.set('upper', {
      ...upper,
      call: () => {
        throw new TypeError('oops');
      },
    });
    const { summary, detail } = problemOf('upper("a")', { variables, functions: broken });
    assert.equal(summary, 'Error in function call');
    assert.match(detail, /oops/);
  });
});

describe('variablesOf', () => {
  const cases = [
    ['a + b.c[0]["k"]', ['a', 'b.c[0]["k"]']],
    ['[for x in xs: x + y]', ['xs', 'y']],
    ['{ for k, v in m: k => v.a if n }', ['m', 'n']],
    ['[for x in x: x]', ['x']],
    ['{ a = b, (c) = d, "${e}" = 1 }', ['b', 'c', 'd', 'e']],
    ['"%{ for x in xs }${x}${y}%{ endfor }"', ['xs', 'y']],
    ['f(a, b...)', ['a', 'b']],
    ['l[i].x', ['l', 'i']],
    ['l[*].x', ['l']],
  ] as const;
  for (const [text, wanted] of cases) {
    it(text, () => {
      const { expression } = parseExpression({ filename: 'test', text });
      assert.deepEqual(variablesOf(expression).map(traversalText), wanted);
    });
  }
});

describe('type constraints', () => {
  const failures = [
    ['list', /needs the type of its elements/],
    ['strin', /no type "strin"\. Did you mean "string"\?/],
    ['"string"', /without quotes/],
    ['list(string, number)', /takes one argument/],
    ['string(1)', /nothing in parentheses/],
    ['optional(string)', /inside object/],
    ['object({ a = string, a = number })', /has a type already/],
    ['object({ (a) = string })', /plain name/],
    ['object({ a = optional(number, "x") })', /default does not have the type/],
    ['object({ a = optional(number, nosuch) })', /No variable can be used here/],
    ['object({ a = optional(number, 1, 2) })', /a type and a default, no more/],
    ['tuple(string)', /a list of the types/],
  ] as const;
  for (const [text, message] of failures) {
    it(`not ${text}`, () => {
      const { expression } = parseExpression({ filename: 'test', text });
      const { diagnostics } = evaluateTypeConstraint(expression);
      assert.equal(diagnostics.length, 1);
      assert.match(diagnostics[0]!.detail, message);
    });
  }
});

describe('as a library', () => {
  it('a configuration is parsed and its attributes evaluated', () => {
    const { body, diagnostics } = parseConfig({
      filename: 'a.hcl',
      text: 'greeting = "Hello, ${upper(name)}!"\n',
    });
    assert.deepEqual(diagnostics, []);
    const [attribute] = body.items;
    assert.equal(attribute?.kind, 'Attribute');
    const scope = { variables: new Map([['name', stringValue('world')]]), functions };
    const { value } = evaluate(attribute.expression, scope);
    assert.equal(valueText(value), '"Hello, WORLD!"');
  });

  it('templatefile sees its variables alone, and cannot call itself', async () => {
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const { join } = await import('node:path');
    const folder = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
    try {
      await writeFile(join(folder, 'a.tpl'), 'x = ${x}, ${upper("y")}');
      await writeFile(join(folder, 'self.tpl'), '${templatefile("self.tpl", {})}');
      await writeFile(join(folder, 'outer.tpl'), '${o.size}');
      const scope = { variables, functions, context: { baseDirectory: folder } };
      assert.equal(valueText(run('templatefile("a.tpl", { x = 1 })', scope).value), '"x = 1, Y"');
      assert.ok(run('templatefile("self.tpl", {})', scope).diagnostics.length > 0);
      assert.ok(run('templatefile("outer.tpl", {})', scope).diagnostics.length > 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
