import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  content,
  justAttributes,
  parseConfig,
  parseJsonConfig,
  partialContent,
  staticExpression,
} from '../../src/hcl/index.ts';
import type { AnyBody, BodySchema, ContentResult } from '../../src/hcl/index.ts';
import { show, showDiagnostics, showRange } from './tree.ts';

const SCHEMA: BodySchema = {
  attributes: [{ name: 'memory', required: true }, { name: 'disk_size' }],
  blocks: [{ type: 'boot' }, { type: 'source', labels: ['type', 'name'] }],
};

function native(text: string): AnyBody {
  const { body, diagnostics } = parseConfig({ filename: 'test.hcl', text });
  assert.deepEqual(diagnostics, []);
  return body;
}

function json(value: unknown): AnyBody {
  const { body, diagnostics } = parseJsonConfig({
    filename: 'test.json',
    text: JSON.stringify(value, null, 2),
  });
  assert.deepEqual(diagnostics, []);
  return body;
}

function summary({ content: { attributes, blocks } }: ContentResult): string[] {
  return [
    ...[...attributes.values()].map(({ name, expression }) => `${name} = ${show(expression)}`),
    ...blocks.map(({ type, labels, body }) => {
      const inner = justAttributes(body).content.attributes;
      return `${[type, ...labels].join(' ')} { ${[...inner.keys()].join(', ')} }`;
    }),
  ];
}

describe('content', () => {
  it('is the same of both syntaxes', () => {
    const wanted = [
      'memory = 512',
      'disk_size = (TemplateWrap var.size)',
      'source a b { x }',
      'source a c {  }',
      'boot { y }',
    ];
    const fromNative = content(
      native(
        'memory = 512\ndisk_size = "${var.size}"\nsource "a" "b" {\n x = 1\n}\nsource a c {}\nboot { y = 2 }\n',
      ),
      SCHEMA,
    );
    assert.deepEqual(fromNative.diagnostics, []);
    assert.deepEqual(summary(fromNative), wanted);
    const fromJson = content(
      json({
        '//': 'a comment',
        memory: 512,
        disk_size: '${var.size}',
        source: { a: { b: { x: 1 }, c: {} } },
        boot: [{ y: 2, '//': 0 }],
      }),
      SCHEMA,
    );
    assert.deepEqual(fromJson.diagnostics, []);
    assert.deepEqual(summary(fromJson), wanted);
  });

  it('reports what does not fit, in the native syntax', () => {
    const text = `memroy = 1
boot = 2
disk_size {
}
sorce "a" "b" {
}
source "a" {
}
source "a" "b" "c" {
}
boot "x" {
}
`;
    const { diagnostics, content: found } = content(native(text), SCHEMA);
    assert.deepEqual(showDiagnostics(diagnostics), [
      '7:12 Missing name for source',
      '9:16 Extraneous label for source',
      '11:6 Extraneous label for boot',
      '1:1 Missing required argument',
      '1:1 Unsupported argument',
      '2:1 Unsupported argument',
      '3:1 Unsupported block type',
      '5:1 Unsupported block type',
    ]);
    const details = diagnostics.map(({ detail }) => detail);
    assert.match(details[0]!, /source "TYPE" "NAME" \{/);
    assert.match(details[4]!, /Did you mean "memory"\?/);
    assert.match(details[5]!, /"boot" is a block: write it without an equals sign/);
    assert.match(details[6]!, /"disk_size" is an argument: write an equals sign/);
    assert.match(details[7]!, /Did you mean "source"\?/);
    assert.equal(found.blocks.length, 0);
  });

  it('suggests no argument that is set already', () => {
    const { diagnostics } = content(native('memory = 1\nmemroy = 2\n'), SCHEMA);
    assert.doesNotMatch(diagnostics[0]!.detail, /Did you mean/);
  });

  it('reports what does not fit, in JSON', () => {
    const body = json({ memroy: 1, source: { a: 1 }, boot: [2], disk_size: '${' });
    const { diagnostics } = content(body, SCHEMA);
    assert.deepEqual(showDiagnostics(diagnostics), [
      '4:10 Incorrect JSON value type',
      '4:10 Missing block label',
      '9:19 Missing expression',
      '10:1 Missing required argument',
      '2:3 Extraneous JSON object property',
    ]);
    const twice = parseJsonConfig({ filename: 'x.json', text: '{"memory": 1,\n "memory": 2}' }).body;
    assert.deepEqual(showDiagnostics(content(twice, SCHEMA).diagnostics), ['2:2 Duplicate argument']);
    const [boot] = content(json({ memory: 1, boot: [2] }), SCHEMA).content.blocks;
    assert.deepEqual(showDiagnostics(content(boot!.body, {}).diagnostics), ['4:5 Incorrect JSON value type']);
  });

  it('partial: the rest is left as a body', () => {
    for (const body of [
      native('memory = 1\nother = 2\nboot {}\nblock {}\n'),
      json({ memory: 1, other: 2, boot: {}, block: {} }),
    ]) {
      const first = partialContent(body, SCHEMA);
      assert.deepEqual(first.diagnostics, []);
      const rest = content(first.remain, { attributes: [{ name: 'other' }], blocks: [{ type: 'block' }] });
      assert.deepEqual(rest.diagnostics, []);
      assert.deepEqual(summary(rest), ['other = 2', 'block {  }']);
    }
  });

  it('attributes only', () => {
    const result = justAttributes(native('a = 1\nb {}\nc {}\n'));
    assert.deepEqual([...result.content.attributes.keys()], ['a']);
    assert.deepEqual(showDiagnostics(result.diagnostics), ['2:1 Unexpected "b" block']);
    assert.deepEqual(
      showDiagnostics(justAttributes(parseJsonConfig({ filename: 'x', text: '[]' }).body).diagnostics),
      ['1:1 Incorrect JSON value type'],
    );
  });
});

describe('expressions in JSON', () => {
  function attribute(text: string, strings?: 'literal') {
    const { body, diagnostics } = parseJsonConfig({ filename: 'x.json', text: `{"a": ${text}}` });
    assert.deepEqual(diagnostics, []);
    const result = justAttributes(body, { strings });
    const { expression } = result.content.attributes.get('a')!;
    return { expression, diagnostics: result.diagnostics };
  }

  it('are those of the native syntax', () => {
    const cases: Record<string, string> = {
      '[1, -2.5e3, true, null]': '(Tuple 1 (UnaryOperation - 2.5e3) true null)',
      '"plain \\n \\u00e9 \\ud83d\\ude00 \\/"': '(Template bare "plain \\n é 😀 /")',
      '"x ${ upper(\\"y\\") } $${z}"': '(Template bare "x " (FunctionCall upper ("y")) " ${z}")',
      '{"k${1}": {"b": "c"}}':
        '(Object (ObjectItem (ObjectKey forced (Template bare "k" 1)) (Object (ObjectItem (ObjectKey forced (Template bare "b")) (Template bare "c")))))',
    };
    for (const [text, tree] of Object.entries(cases)) {
      const { expression, diagnostics } = attribute(text);
      assert.deepEqual(diagnostics, []);
      assert.equal(show(expression), tree, text);
    }
    assert.equal(show(attribute('"${x}"', 'literal').expression), '(Template bare "${x}")');
  });

  it('have places in the JSON text, escapes or not', () => {
    const { expression } = attribute('"é\\n\\u0041${ b.c }"');
    assert.equal(expression.kind, 'Template');
    if (expression.kind !== 'Template') return;
    assert.equal(showRange(expression.parts[1]!.range), '1:20-1:23');
    assert.deepEqual(showDiagnostics(attribute('"\\t\\t${ b c }"').diagnostics), [
      '1:17 Extra characters after interpolation expression',
    ]);
  });

  it('names must differ in an object', () => {
    assert.deepEqual(showDiagnostics(attribute('{"b": 1, "b": 2}').diagnostics), [
      '1:16 Duplicate object attribute',
    ]);
  });

  it('are strings where they are static', () => {
    assert.equal(
      show(staticExpression(attribute('"list(string)"').expression)!),
      '(FunctionCall list string)',
    );
    assert.equal(staticExpression(attribute('"list("').expression), undefined);
    const { expression } = attribute('1');
    assert.equal(staticExpression(expression), expression);
  });
});

describe('JSON text', () => {
  it('mistakes', () => {
    const cases: Record<string, string[]> = {
      '': ['1:1 Missing value'],
      '1': ['1:1 Root value must be object'],
      '{} {}': ['1:4 Extraneous data after value'],
      '{"a" = 1}': ['1:6 Missing property value colon'],
      '{"a"}': ['1:5 Missing object value'],
      '{"a": }': ['1:7 Missing JSON value'],
      '{a: 1}': ['1:2 Invalid JSON keyword'],
      '{1: 1}': ['1:2 Invalid object property name'],
      '{"a": 1,}': ['1:8 Trailing comma in object'],
      '{"a": 1': ['1:1 Unclosed object'],
      '{"a": 1]': ['1:8 Mismatched braces'],
      '{"a": 1 "b": 2}': ['1:9 Missing attribute seperator comma'],
      '[1,]': ['1:3 Trailing comma in array'],
      '[1': ['1:1 Unclosed object'],
      '[1: 2]': ['1:3 Invalid array value'],
      '[1}': ['1:3 Mismatched brackets'],
      '[01]': ['1:2 Invalid JSON number'],
      '[.5]': ['1:2 Invalid JSON number'],
      '["a\nb"]': ['1:3 Invalid JSON string'],
      '["\\x"]': ['1:3 Invalid JSON string'],
      '["\\u12"]': ['1:3 Invalid JSON string'],
      '[True]': ['1:2 Invalid JSON keyword'],
      '[{"a": tru}, {"b": @}]': ['1:8 Invalid JSON keyword', '1:20 Invalid start of value'],
      '{"a": [1, nul], "b": [2,]}': ['1:11 Invalid JSON keyword', '1:24 Trailing comma in array'],
    };
    for (const [text, wanted] of Object.entries(cases)) {
      assert.deepEqual(showDiagnostics(parseJsonConfig({ filename: 'x', text }).diagnostics), wanted, text);
    }
    assert.match(
      parseJsonConfig({ filename: 'x', text: '[True]' }).diagnostics[0]!.detail,
      /Did you mean "true"\?/,
    );
  });

  it('nesting is limited', () => {
    for (const open of ['[', '{"a":', '[{"a":']) {
      const { diagnostics } = parseJsonConfig({ filename: 'x', text: open.repeat(100_000) });
      assert.deepEqual(
        diagnostics.map(({ summary }) => summary),
        ['Nesting too deep'],
      );
    }
  });
});
