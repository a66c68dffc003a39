import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseExpression } from '../../../src/hcl/index.ts';
import { show, showDiagnostics, showRange } from '../tree.ts';

function parse(text: string) {
  return parseExpression({ filename: 'test.hcl', text });
}

describe('expressions', () => {
  const table: Record<string, [text: string, tree: string][]> = {
    'LiteralValue and VariableExpr': [
      ['12.50e-1', '12.50e-1'],
      ['true', 'true'],
      ['null', 'null'],
      ['größe-1', 'größe-1'],
      ['a -1', '(BinaryOperation - a 1)'],
    ],
    'operators, by precedence and from the left': [
      ['1 + 2 * 3 - 4', '(BinaryOperation - (BinaryOperation + 1 (BinaryOperation * 2 3)) 4)'],
      [
        'a || b && c == d < e + f % g',
        '(BinaryOperation || a (BinaryOperation && b (BinaryOperation == c (BinaryOperation < d (BinaryOperation + e (BinaryOperation % f g))))))',
      ],
      ['!a == b', '(BinaryOperation == (UnaryOperation ! a) b)'],
      ['-a.b[0]', '(UnaryOperation - a.b[0])'],
      ['(1 + 2) * 3', '(BinaryOperation * (Parentheses (BinaryOperation + 1 2)) 3)'],
    ],
    Conditional: [
      ['a ? b : c ? d : e', '(Conditional a b (Conditional c d e))'],
      ['a\n?\nb\n:\nc', '(Conditional a b c)'],
    ],
    'GetAttr, Index, Splat': [
      ['a.b["c"][0].1', 'a.b["c"][0][1]'],
      ['a[b].c', '(RelativeTraversal (Index a b) .c)'],
      ['f(x).a[0]', '(RelativeTraversal (FunctionCall f x) .a[0])'],
      ['a["${b}"]', '(Index a (TemplateWrap b))'],
      ['a.*.b.0[1]', '(RelativeTraversal (Splat .* a @ (RelativeTraversal @ .b[0])) [1])'],
      ['a[*].b[0]', '(Splat [*] a @ (RelativeTraversal @ .b[0]))'],
      ['a[*]', '(Splat [*] a @ @)'],
      ['a[*].b[*].c', '(Splat [*] a @ (Splat [*] (RelativeTraversal @ .b) @ (RelativeTraversal @ .c)))'],
    ],
    FunctionCall: [
      ['f()', '(FunctionCall f)'],
      ['f(1,\n2,\n)', '(FunctionCall f 1 2)'],
      ['f(a, b...)', '(FunctionCall f ... a b)'],
      ['a::b::c(1)', '(FunctionCall a::b::c 1)'],
      ['true(1)', '(FunctionCall true 1)'],
    ],
    'CollectionValue and ForExpr': [
      ['[1, [], ]', '(Tuple 1 (Tuple))'],
      ['{}', '(Object)'],
      [
        '{ a = 1, "b" : 2\n (c) = 3\n null = 4 }',
        '(Object (ObjectItem a 1) (ObjectItem (ObjectKey ("b")) 2) (ObjectItem (ObjectKey forced (Parentheses c)) 3) (ObjectItem null 4))',
      ],
      ['{ a.b = 1 }', '(Object (ObjectItem (ObjectKey a.b) 1))'],
      ['[for x in y : x.z if x != null]', '(ForTuple x y x.z (BinaryOperation != x null))'],
      ['{\nfor k, v in m :\nk => v... if v\n}', '(ForObject k v group m k v v)'],
      ['[for]', '(InvalidExpression)'],
    ],
    'TemplateExpr: quoted': [
      ['""', '("")'],
      ['"a\\n\\t\\"\\\\\\u00e9\\U0001F600"', '("a\\n\\t\\"\\\\é😀")'],
      ['"${a}"', '(TemplateWrap a)'],
      ['"${~ a ~}"', '(TemplateWrap a)'],
      ['"x ${~ a ~} y"', '(Template quoted "x" a "y")'],
      ['" ${~ 5}"', '(Template quoted "" 5)'],
      ['"$${a} $$${b} $ %%{c} $"', '("${a} $${b} $ %{c} $")'],
      [
        '"%{ if a }b%{ else }c%{ endif }"',
        '(Template quoted (TemplateIf a (Template content "b") (Template content "c")))',
      ],
      [
        '"%{ if a ~} %{ endif }"',
        '(Template quoted (TemplateIf a (Template content "") (Template content "")))',
      ],
      [
        '"%{ for i, x in y }${x},%{ endfor }"',
        '(Template quoted (TemplateFor i x y (Template content x ",")))',
      ],
      ['"${"a${"b"}"}"', '(TemplateWrap (Template quoted "a" ("b")))'],
    ],
    'TemplateExpr: heredocs': [
      ['<<EOT\na $HOME 50% ${b}\n EOT\n', '(Template heredoc "a $HOME 50% " b "\\n")'],
      ['<<EOT\nEOT\n', '(Template heredoc "")'],
      ['<<EOT\r\na\r\nEOT\r\n', '(Template heredoc "a\\r\\n")'],
      ['<<-EOT\n    a\n\n      b\n  \n    EOT\n', '(Template heredoc "a\\n\\n  b\\n  \\n")'],
      ['<<-EOT\n    a\n${b}\n    EOT\n', '(Template heredoc "    a\\n" b "\\n")'],
      ['<<-EOT\n\u00a0\u00a0a\n  b\nEOT\n', '(Template heredoc "a\\nb\\n")'],
      ['<<EOT\na\n    ${~ 1}\nEOT\n', '(Template heredoc "a\\n" 1 "\\n")'],
      ['<<EOT\na\n${~ 1 ~}\n  b\nEOT\n', '(Template heredoc "a" 1 "  b\\n")'],
      [
        '<<-EOT\n    %{ if x ~}\n    a\n    %{ endif }\nEOT\n',
        '(Template heredoc "" (TemplateIf x (Template content "    a\\n") (Template content "")) "\\n")',
      ],
      ['<<A\n${<<B\nx\nB\n}\nA\n', '(Template heredoc (Template heredoc "x\\n") "\\n")'],
    ],
  };
  for (const [title, cases] of Object.entries(table)) {
    it(title, () => {
      for (const [text, tree] of cases) {
        const { expression, diagnostics } = parse(text);
        if (tree !== '(InvalidExpression)') assert.deepEqual(showDiagnostics(diagnostics), [], text);
        assert.equal(show(expression), tree, text);
      }
    });
  }

  it('ranges', () => {
    const { expression } = parse('"é${a}" == f(x, "👨‍👩‍👧")[*].b["k"]');
    assert.equal(expression.kind, 'BinaryOperation');
    if (expression.kind !== 'BinaryOperation') return;
    const { left, right, operatorRange } = expression;
    assert.equal(showRange(left.range), '1:1-1:8');
    assert.equal(showRange(operatorRange), '1:9-1:11');
    assert.equal(showRange(right.range), '1:12-1:31');
    assert.equal(right.kind, 'Splat');
    if (right.kind !== 'Splat') return;
    assert.equal(showRange(right.source.range), '1:12-1:21');
    assert.equal(showRange(right.markerRange), '1:21-1:24');
    assert.equal(showRange(right.each.range), '1:21-1:31');
    assert.deepEqual(JSON.parse(JSON.stringify(left.range)), {
      filename: 'test.hcl',
      start: { line: 1, column: 1, offset: 0 },
      end: { line: 1, column: 8, offset: 7 },
    });
  });

  it('mistakes: one message for one of them', () => {
    const cases: Record<string, string[]> = {
      '': ['1:1 Missing expression'],
      '1 2': ['1:3 Extra characters after expression'],
      '1 +': ['1:4 Missing expression'],
      '(1]': ['1:3 Unbalanced parentheses'],
      '[1 2]': ['1:4 Missing item separator'],
      '[1, 2': ['1:1 Unterminated tuple constructor expression'],
      '{ a 1 }': ['1:5 Missing key/value separator'],
      '{ a\n= 1 }': ['1:4 Missing attribute value'],
      '{ a = 1 b = 2 }': ['1:9 Missing attribute separator'],
      '{ a = { b = 1 }': ['1:1 Unterminated object constructor expression'],
      'f(1 2)': ['1:5 Missing argument separator'],
      'f(1': ['1:1 Unterminated function call'],
      'f(a..., b)': ['1:4 Missing closing parenthesis'],
      'a::1()': ['1:4 Missing function name'],
      'a::b': ['1:5 Missing open parenthesis'],
      'a.': ['1:3 Invalid attribute name'],
      'a.0.1': ['1:3 Invalid legacy index syntax'],
      'a[1': ['1:4 Missing close bracket on index'],
      'a[**]': ['1:5 Missing close bracket on splat index'],
      'a.*.*': ['1:5 Nested splat expression not allowed'],
      'a ? b': ['1:6 Missing false expression in conditional'],
      '[for x y: z]': ["1:8 Invalid 'for' expression"],
      '{for x in y: x}': ["1:14 Invalid 'for' expression"],
      '[for x in y: k => v...]': ["1:14 Invalid 'for' expression", "1:20 Invalid 'for' expression"],
      '1.2.3': ['1:1 Invalid number literal'],
      '"a\\q"': ['1:3 Invalid escape sequence'],
      '"\\ud83d"': ['1:2 Invalid escape sequence'],
      '"abc': ['1:5 Unterminated template string'],
      '"${a"': ['1:2 Unclosed template interpolation sequence'],
      '"${a b}"': ['1:6 Extra characters after interpolation expression'],
      '"%{ fi a }"': ['1:5 Invalid template control keyword'],
      '"%{ if a }"': ['1:11 Unexpected end of template'],
      '"%{ endif }"': ['1:2 Unexpected endif directive'],
      '"%{ if a b }x%{ endif }"': ['1:10 Extra characters in if marker'],
      '"%{ for in x }%{ endfor }"': ["1:12 Invalid 'for' directive", '1:15 Unexpected endfor directive'],
      "'a'": ['1:1 Invalid character', '1:1 Invalid expression'],
      'a & b': ['1:3 Unsupported operator', '1:3 Extra characters after expression'],
    };
    for (const [text, wanted] of Object.entries(cases)) {
      assert.deepEqual(showDiagnostics(parse(text).diagnostics), wanted, text);
    }
  });

  it('says what to do', () => {
    assert.match(parse('"%{ fi a }"').diagnostics[0]?.detail ?? '', /Did you mean "if"\?/);
    assert.match(parse('a & b').diagnostics[0]?.detail ?? '', /Did you mean "&&"/);
    assert.match(parse('"${HOME:-x}"').diagnostics[0]?.detail ?? '', /write "\$\$\{"/);
    assert.match(parse('a.0.1').diagnostics[0]?.detail ?? '', /Write \[0\]\[1\]/);
  });

  it('nesting is limited, chains are not', () => {
    const shapes = ['(', '[', '{a=', 'f(', '"${', '-', 'a?1:', 'a[', '[for x in y: ', '<<E\n${', 'a[*]['];
    for (const open of shapes) {
      for (const depth of [5_000, 100_000]) {
        const { diagnostics } = parse(open.repeat(depth) + '1');
        assert.deepEqual(
          diagnostics.map(({ summary }) => summary),
          ['Nesting too deep'],
          open,
        );
      }
    }
    const directives = `"${'%{if a}'.repeat(5_000)}x${'%{endif}'.repeat(5_000)}"`;
    assert.equal(parse(directives).diagnostics[0]?.summary, 'Nesting too deep');
    for (const link of ['+1', '[b]', '.c', '||a']) {
      assert.deepEqual(parse('a' + link.repeat(50_000)).diagnostics, []);
    }
  });
});
