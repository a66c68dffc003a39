import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { content, diagnosticToJson, parseConfig, renderDiagnostics } from '../../src/hcl/index.ts';
import type { Diagnostic, RenderOptions } from '../../src/hcl/index.ts';
import { literalNumber, stringValue } from '../../src/hcl/value/construct.ts';
import { sensitive } from '../../src/hcl/value/marks.ts';

const PLAIN: RenderOptions = { width: 76, color: false };

function rendered(
  text: string,
  options = PLAIN,
  more: (diagnostics: Diagnostic[]) => Diagnostic[] = (all) => all,
) {
  const { diagnostics } = parseConfig({ filename: 'vm.pkr.hcl', text });
  return renderDiagnostics(more(diagnostics), new Map([['vm.pkr.hcl', text]]), options);
}

describe('diagnostics for people', () => {
  it('place, excerpt, detail', () => {
    const text = 'source "vmm" "x" {\n\tboot_wait = [1 2]\n}\n';
    assert.equal(
      rendered(text),
      `Error: Missing item separator
  at vm.pkr.hcl:2:17, in source "vmm" "x":
  2 │   boot_wait = [1 2]
    │                  ^
A comma is expected here, before the next element, or "]" after the last
one.

`,
    );
  });

  it('nested blocks, several lines, ASCII only', () => {
    const text =
      'build {\n  provisioner "shell" {\n    inline = {\n      a = 1\n      b = 2\n    } 3\n  }\n}\n';
    assert.equal(
      rendered(text, { ...PLAIN, unicode: false }),
      `Error: Missing newline after argument
  at vm.pkr.hcl:6:7, in build > provisioner "shell":
  4 |       a = 1
  5 |       b = 2
  6 |     } 3
    |       ^
A newline is expected here, at the end of the argument.

`,
    );
  });

  it('the end of the file', () => {
    assert.equal(
      rendered('a = f(1,\n'),
      `Error: Missing expression
  at vm.pkr.hcl:2:1:
  1 │ a = f(1,
  2 │
    │ ^
An expression is expected here, but the file ends.

`,
    );
  });

  it('long lines are cut around the mistake', () => {
    const text = `a = ["${'x'.repeat(100)}", b c, "${'y'.repeat(100)}"]\n`;
    assert.equal(
      rendered(text, { ...PLAIN, width: 40 }),
      `Error: Missing item separator
  at vm.pkr.hcl:1:112:
  1 │ …xxxxxx", b c, "yyyyyyyyyyyyyyyyy…
    │             ^
A comma is expected here, before the
next element, or "]" after the last one.

`,
    );
  });

  it('wide characters, and those that control a terminal', () => {
    assert.equal(
      rendered('日本 = "日本\u202e" 5 # \u001b[31m\n'),
      `Error: Missing newline after argument
  at vm.pkr.hcl:1:12:
  1 │ 日本 = "日本\ufffd" 5 # \ufffd[31m
    │                ^
A newline is expected here, at the end of the argument.

`,
    );
  });

  it('a long subject is shortened', () => {
    const text = `a = 1\n${'# x\n'.repeat(3)}b = 2\n`;
    const { body } = parseConfig({ filename: 'f', text });
    const long = `a {\n${Array.from({ length: 9 }, (_, i) => `  x${i} = ${i}\n`).join('')}}\n`;
    const subject = parseConfig({ filename: 'f', text: long }).body.items[0]!.range;
    assert.equal(body.items.length, 2);
    const diagnostic: Diagnostic = {
      severity: 'warning',
      code: 'test',
      summary: 'Long',
      detail: '',
      subject,
    };
    assert.equal(
      renderDiagnostics([diagnostic], new Map([['f', long]]), PLAIN),
      `Warning: Long
  at f:1:1, in a:
   1 │ a {
     │ ^^^
   2 │   x0 = 0
     │   ^^^^^^
     │ …
  10 │   x8 = 8
     │   ^^^^^^
  11 │ }
     │ ^

`,
    );
  });

  it('values, never sensitive ones', () => {
    const values = [
      { name: 'var.name', value: stringValue('a\nb') },
      { name: 'var.password', value: sensitive(stringValue('hunter2')), origin: 'PKR_VAR_password' },
      { name: 'local.n', value: literalNumber(5) },
    ];
    const text = rendered('a = b c\n', PLAIN, ([first]) => [{ ...first!, values }]);
    assert.equal(
      text,
      `Error: Missing newline after argument
  at vm.pkr.hcl:1:7:
  1 │ a = b c
    │       ^
  var.name is "a\\nb"
  var.password is (sensitive), from PKR_VAR_password
  local.n is 5
A newline is expected here, at the end of the argument.

`,
    );
    assert.doesNotMatch(text, /hunter2/);
  });

  it('colours', () => {
    assert.equal(
      rendered('a b\n', { width: 200, color: true }),
      [
        '\u001b[1;31mError:\u001b[0m \u001b[1mInvalid block definition\u001b[0m',
        '  at \u001b[1mvm.pkr.hcl:1:4\u001b[0m:',
        '\u001b[2m  1 │\u001b[0m a b',
        '\u001b[2m    │\u001b[0m    \u001b[1;31m^\u001b[0m',
        'The opening brace "{" of a block must be on the line of its type and labels.',
        '',
        '',
      ].join('\n'),
    );
  });

  it('without a source, or a place', () => {
    const [diagnostic] = parseConfig({ filename: 'gone.hcl', text: 'a b\n' }).diagnostics;
    assert.match(
      renderDiagnostics([diagnostic!], new Map(), PLAIN),
      /^Error: .*\n {2}at gone\.hcl:1:4\nThe opening/,
    );
    const placeless = { severity: 'error', code: 'x', summary: 'S', detail: 'D.' } as const;
    assert.equal(renderDiagnostics([placeless], new Map(), PLAIN), 'Error: S\nD.\n\n');
  });

  it('a source that has become shorter in the meantime', () => {
    const { diagnostics } = parseConfig({ filename: 'f', text: '\n\n\n\na b\n' });
    assert.match(renderDiagnostics(diagnostics, new Map([['f', 'x']]), PLAIN), /at f:5:4/);
  });
});

describe('diagnostics as JSON', () => {
  it('is plain data', () => {
    const { body } = parseConfig({ filename: 'f', text: 'a = 1\n' });
    const [diagnostic] = content(body, {}).diagnostics;
    const values = [{ name: 'var.p', value: sensitive(stringValue('x')), origin: 'o' }];
    assert.deepEqual(JSON.parse(JSON.stringify(diagnosticToJson({ ...diagnostic!, values }))), {
      severity: 'error',
      code: 'unsupported-argument',
      summary: 'Unsupported argument',
      detail: 'There is no argument "a" here.',
      range: {
        filename: 'f',
        start: { line: 1, column: 1, offset: 0 },
        end: { line: 1, column: 2, offset: 1 },
      },
      values: [{ name: 'var.p', value: '(sensitive)', origin: 'o' }],
    });
  });
});
