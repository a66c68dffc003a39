import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { complete, isUnfinished } from '../../src/cli/expression-session.ts';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-console-'));
after(() => rmSync(folder, { recursive: true }));
const template = join(folder, 'x.pkr.hcl');
writeFileSync(
  template,
  `variable "name" { default = "vmm" }
variable "secret" {
  default   = "correct horse"
  sensitive = true
}
locals { list = ["x", 1] }
`,
);

async function run(stdin: string, ...words: string[]) {
  const io = fakeIo({ stdin });
  const status = await main(['console', ...words], io);
  return { status, ...io.written };
}

describe('console, with standard input that is no terminal', () => {
  const rows: [stdin: string, out: string][] = [
    ['upper(var.name)', 'VMM\n'],
    ['1\n2\n', '2\n'],
    ['local.list', '[\n  "x",\n  1,\n]\n'],
    ['var.secret', '<sensitive>\n'],
    ['1\nexit\n2', '1\n'],
    ['', ''],
    ['packer.version', '1.16.0\n'],
    [
      'variables',
      '> input-variables:\n\nvar.name: "vmm"\nvar.secret: "<sensitive>"\n\n' +
        '> local-variables:\n\nlocal.list: "[\\n  \\"x\\",\\n  1,\\n]"\n\n',
    ],
  ];
  for (const [stdin, out] of rows) {
    test(JSON.stringify(stdin), async () => {
      assert.deepEqual(await run(stdin, template), { status: 0, out, err: '' });
    });
  }

  test('-json: type and value', async () => {
    const { out } = await run('{ a = 0.1, b = [true] }', '-json');
    assert.equal(
      out,
      '{"type":["object",{"a":"number","b":["tuple",["bool"]]}],"value":{"a":0.1,"b":[true]}}\n',
    );
    assert.equal((await run('var.secret', '-json', template)).out, '{"type":"string","sensitive":true}\n');
  });

  test('an error: its place, status 1, and the lines after it are evaluated', async () => {
    const { status, out, err } = await run('var.nmae\nvar.name', template);
    assert.equal(status, 1);
    assert.equal(out, 'vmm\n');
    assert.match(err, /at <console-input>:1:1/);
    assert.match(err, /var\.nmae/);
    assert.doesNotMatch((await run('"${var.secret}${[]}"', template)).err, /correct horse/);
  });

  test('without a template there are functions, and no variables', async () => {
    assert.equal((await run('max(1, 2)')).out, '2\n');
    assert.equal((await run('var.name')).status, 1);
  });
});

test('an expression goes on while a bracket, a heredoc or an operator is open', () => {
  for (const text of ['[1,', 'upper("a"', '{ a =', '1 +', 'true ?', '<<X\nabc', '"${', 'f(<<X\nabc']) {
    assert.equal(isUnfinished(text), true, text);
  }
  for (const text of ['1', '[1]', ')', '1 2', 'upper("a")', '"a'])
    assert.equal(isUnfinished(text), false, text);
});

test('Tab completes the name at the end of the line', () => {
  const names = ['local.list', 'upper', 'var.name', 'var.secret'];
  assert.deepEqual(complete('upper(var.', names), [['var.name', 'var.secret'], 'var.']);
  assert.deepEqual(complete('up', names), [['upper'], 'up']);
  assert.deepEqual(complete('1 + ', names), [names, '']);
});
