import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../../src/hcl/index.ts';
import { showBody, showDiagnostics, showRange } from '../tree.ts';

function parse(text: string) {
  return parseConfig({ filename: 'test.hcl', text });
}

describe('bodies', () => {
  it('attributes and blocks, in source order', () => {
    const text = `
# comment
a = 1 // comment
source "vmm" x { # comment
  b = 2

  empty {}
  one_line { c = [
    3,
  ] }
}
/* comment */ a2 = <<EOT
text
EOT
`;
    const { body, diagnostics } = parse(text);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(showBody(body), [
      '(Attribute a 1)',
      '(Block source "vmm" x (Body (Attribute b 2) (Block empty (Body)) (Block one_line (Body (Attribute c (Tuple 3))))))',
      '(Attribute a2 (Template heredoc "text\\n"))',
    ]);
  });

  it('the ends of lines and files', () => {
    for (const text of [
      '',
      '\n',
      '# c',
      '\ufeff',
      '\ufeff# c\r\n',
      'a = 1',
      'a = 1\r\nb {\r\n}\r\n',
      '#!/bin/x\n',
    ]) {
      assert.deepEqual(parse(text).diagnostics, [], JSON.stringify(text));
    }
  });

  it('ranges', () => {
    const { body } = parse('\ufeffé = 1\nblock "a" {\n  x = 2\n}\n');
    const [attribute, block] = body.items;
    assert.equal(attribute?.kind === 'Attribute' && showRange(attribute.nameRange), '1:1-1:2');
    assert.equal(attribute && showRange(attribute.range), '1:1-1:6');
    if (block?.kind !== 'Block') assert.fail();
    assert.equal(showRange(block.range), '2:1-4:2');
    assert.equal(showRange(block.headerRange), '2:1-2:12');
    assert.equal(showRange(block.labels[0]!.range), '2:7-2:10');
    assert.equal(showRange(block.closeBraceRange), '4:1-4:2');
    assert.equal(showRange(block.body.endRange), '4:2-4:2');
  });

  it('mistakes', () => {
    const cases: Record<string, string[]> = {
      'a = 1\na = 2\na = 3\n': ['2:1 Attribute redefined', '3:1 Attribute redefined'],
      '"a" = 1\n': ['1:1 Invalid argument name'],
      'a 1\n': ['1:1 Argument or block definition required'],
      'a = 1 b = 2\n': ['1:7 Missing newline after argument'],
      'a = 1,\n': ['1:6 Unexpected comma after argument'],
      'a = 1;\n': ['1:6 Invalid character', '1:6 Missing newline after argument'],
      'b {': ['1:3 Unclosed configuration block'],
      'b {\n  c {\n}\n': ['1:3 Unclosed configuration block'],
      'b {\n}\n}\n': ['3:1 Argument or block definition required'],
      'b\n{\n}\n': ['1:1 Argument or block definition required'],
      'b "x"\n{\n}\n': ['1:6 Invalid block definition'],
      'b x = 1\n': ['1:5 Invalid block definition'],
      'b "${x}" {\n}\n': ['1:4 Invalid string literal'],
      'b { a = 1, c = 2 }\n': ['1:10 Invalid single-argument block definition'],
      'b { a = 1\n}\n': ['1:10 Invalid single-argument block definition'],
      'b { c {} }\n': ['1:5 Argument definition required'],
      'b { a = 1 } c = 2\n': ['1:13 Missing newline after block definition'],
      'a = <<EOT\nx\nEOT': ['3:4 Unterminated template string'],
      'a = "x\nb = 1\n': [
        '1:7 Invalid multi-line string',
        '2:6 Invalid multi-line string',
        '1:7 Unterminated template string',
      ],
      // The comma comes first in the text, but what is wrong with the block is said before what is wrong in it.
      'b { a = "\\q", }\n': ['1:13 Invalid single-argument block definition', '1:10 Invalid escape sequence'],
    };
    for (const [text, wanted] of Object.entries(cases)) {
      assert.deepEqual(showDiagnostics(parse(text).diagnostics), wanted, text);
    }
  });

  it('two independent mistakes give two messages, and the rest is parsed', () => {
    const { body, diagnostics } = parse('a = [1 2]\nb 3\nc = 4\nc = 5\nd = "\\q"\ne {\n}\n');
    assert.deepEqual(showDiagnostics(diagnostics), [
      '1:8 Missing item separator',
      '2:1 Argument or block definition required',
      '4:1 Attribute redefined',
      '5:6 Invalid escape sequence',
    ]);
    assert.deepEqual(showBody(body).slice(1), ['(Attribute c 4)', '(Attribute d ("q"))', '(Block e (Body))']);
  });

  it('blocks nested too deep', () => {
    const { diagnostics } = parse('b {\n'.repeat(5_000) + '}\n'.repeat(5_000));
    assert.deepEqual(showDiagnostics(diagnostics), ['501:4 Nesting too deep']);
  });
});
