import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format, parseConfig } from '../../src/hcl/index.ts';
import { showBody } from './tree.ts';

/** Each case is what people write and what `packer fmt` makes of it. */
const CASES: Record<string, [before: string, after: string][]> = {
  'blanks between tokens': [
    ['a=1+2*-3\n', 'a = 1 + 2 * -3\n'],
    ['a\t=\t[ 1 ,2,]\n', 'a = [1, 2, ]\n'],
    ['a = f ( 1 ) [ 0 ] . b\n', 'a = f(1)[0].b\n'],
    ['a = ! b ? -1 : - 2\n', 'a = !b ? -1 : -2\n'],
    ['a = {x:1,y = 2}\n', 'a = { x : 1, y = 2 }\n'],
    ['a = [for x in[1]:x if x>0]\n', 'a = [for x in [1] : x if x > 0]\n'],
    ['a = ns :: f(b ...)\n', 'a = ns::f(b...)\n'],
    ['b   {  }\n', 'b {}\n'],
    ['b{a=1}\n', 'b { a = 1 }\n'],
  ],
  templates: [
    ['a = "  x ${ y+1 }%{ if z }  %{ endif }"\n', 'a = "  x ${y + 1}%{if z}  %{endif}"\n'],
    ['a = "${{b=1}}${-1}"\n', 'a = "${ { b = 1 } }${- 1}"\n'],
    ['b {\na=<<-EOT\n x ${ y }\n  EOT\nbb=2\n}\n', 'b {\n  a  = <<-EOT\n x ${y}\n  EOT\n  bb = 2\n}\n'],
  ],
  indentation: [
    ['a {\n      b {\nc = 1\n   }\n}\n', 'a {\n  b {\n    c = 1\n  }\n}\n'],
    ['a = [{\nx = 1\n}, {\ny = 2\n}]\n', 'a = [{\n  x = 1\n  }, {\n  y = 2\n}]\n'],
    ['a = f([\n1,\n2])\n', 'a = f([\n  1,\n2])\n'],
    ['a = [\n\n  # c\n1\n   \n]\n', 'a = [\n\n  # c\n  1\n\n]\n'],
  ],
  alignment: [
    ['a = 1\nbbb = 2\n\ncccc = 3\n', 'a   = 1\nbbb = 2\n\ncccc = 3\n'],
    ['a = [\n]\nbbb = 2\n', 'a = [\n]\nbbb = 2\n'],
    ['é = 1 #x\n日本 = 22 // y\n', 'é  = 1  #x\n日本 = 22 // y\n'],
    ['b { # one\na = 1 # two\n} # three\n', 'b {     # one\n  a = 1 # two\n}       # three\n'],
  ],
  'what stays': [
    ['', ''],
    ['a = 1   ', 'a = 1   '],
    ['\ufeffa = 1\n', 'a = 1\n'],
    ['a=1\r\n\r\nbb=2\r\n', 'a = 1\r\n\r\nbb = 2\r\n'],
    ['/* x\n  y */\n#no blank\n', '/* x\n  y */\n#no blank\n'],
  ],
};

describe('format', () => {
  for (const [title, cases] of Object.entries(CASES)) {
    it(title, () => {
      for (const [before, after] of cases) {
        assert.equal(format(before), after);
        assert.equal(format(after), after, 'formatting twice changes nothing');
        const [from, to] = [before, after].map((text) => parseConfig({ filename: 'x', text }));
        assert.deepEqual(to!.diagnostics, []);
        assert.deepEqual(showBody(to!.body), showBody(from!.body), 'the meaning stays');
      }
    });
  }

  it('takes any text', () => {
    for (const text of ['}}}', '"', '<<E\n', 'a = "${', '{[(', '@;\n`', '%{ if']) {
      assert.equal(typeof format(text), 'string');
    }
  });
});
