import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { valueText } from '../../src/hcl/value/show.ts';
import { check } from './sandbox.ts';
import type { CheckOptions } from './sandbox.ts';

/** The values of all variables, as HCL, of a template made of these files. */
async function valuesOf(files: Record<string, string>, options: CheckOptions = {}) {
  const { loaded } = await check(files, options);
  const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ detail }) => detail),
    [],
  );
  const values: Record<string, string> = {};
  for (const [name, { value }] of loaded.configuration.names.variables) values[name] = valueText(value);
  return { values, loaded };
}

async function valueOf(
  files: Record<string, string>,
  options: CheckOptions = {},
): Promise<string | undefined> {
  return (await valuesOf(files, options)).values['x'];
}

describe('precedence', () => {
  const declared = { 'a.pkr.hcl': 'variable "x" { default = "default" }' };
  const auto = { 'b.auto.pkrvars.hcl': 'x = "auto b"', 'a.auto.pkrvars.hcl': 'x = "auto a"' };
  const json = { 'a.auto.pkrvars.json': '{ "x": "auto json" }' };
  const env = { PKR_VAR_x: 'env' };
  const flags = { varFiles: ['1.pkrvars.hcl', '2.pkrvars.json'] };
  const named = { '1.pkrvars.hcl': 'x = "first"', '2.pkrvars.json': '{ "x": "second" }' };

  it('from the default to -var', async () => {
    assert.equal(await valueOf(declared), '"default"');
    assert.equal(await valueOf(declared, { env }), '"env"');
    assert.equal(await valueOf({ ...declared, ...auto }, { env }), '"auto b"');
    assert.equal(await valueOf({ ...declared, ...auto, ...json }, { env }), '"auto json"');
    const all = { ...declared, ...auto, ...json, ...named };
    assert.equal(await valueOf(all, { env, ...flags }), '"second"');
    assert.equal(await valueOf(all, { env, varFiles: [...flags.varFiles].reverse() }), '"first"');
    const vars = [
      { name: 'x', value: 'one' },
      { name: 'x', value: 'two' },
    ];
    assert.equal(await valueOf(all, { env, ...flags, vars }), '"two"');
  });

  it('auto files count only for a directory', async () => {
    assert.equal(await valueOf({ ...declared, ...auto }, { path: 'a.pkr.hcl' }), '"default"');
  });

  it('an empty text of the environment is a value', async () => {
    assert.equal(await valueOf(declared, { env: { PKR_VAR_x: '' } }), '""');
  });

  it('each value knows where it comes from', async () => {
    const origin = async (files: Record<string, string>, options: CheckOptions) =>
      (await valuesOf(files, options)).loaded.configuration.names.variables.get('x')?.origin;
    assert.equal(await origin(declared, {}), undefined);
    assert.equal(await origin(declared, { env }), 'PKR_VAR_x');
    assert.equal(await origin({ ...declared, ...auto }, {}), 'b.auto.pkrvars.hcl:1');
    assert.equal(await origin({ ...declared, ...named }, flags), '-var-file 2.pkrvars.json:1');
    assert.equal(await origin(declared, { vars: [{ name: 'x', value: 'v' }] }), '-var');
  });
});

describe('what texts from outside mean', () => {
  const table: [declaration: string, text: string, expected: string][] = [
    ['type = string', '["a"]', '"[\\"a\\"]"'],
    ['type = string', '"quoted"', '"\\"quoted\\""'],
    ['type = number', '42', '42'],
    ['type = any', '[1]', '"[1]"'],
    ['', '[1]', '"[1]"'],
    ['default = null', '[1]', '"[1]"'],
    ['default = []', '[1]', '"[1]"'],
    ['type = bool', 'true', 'true'],
    ['type = bool', '"false"', 'false'],
    ['type = list(string)', '["a", "b"]', '["a", "b"]'],
    ['type = list(string)', '[1, true]', '["1", "true"]'],
    ['type = set(number)', '[3, 1, 3]', '[1, 3]'],
    ['type = map(number)', '{ a = 1, b = "2" }', '{ a = 1, b = 2 }'],
    ['type = object({ a = string, b = optional(number, 7) })', '{ a = 1, c = 2 }', '{ a = "1", b = 7 }'],
    ['default = false', 'true', 'true'],
    ['default = ["x"]', '["y"]', '["y"]'],
    ['default = 1', '2.50', '2.5'],
  ];
  for (const [declaration, text, expected] of table) {
    it(`{ ${declaration} } given ${text}`, async () => {
      const files = { 'a.pkr.hcl': `variable "x" {\n  ${declaration}\n}\n` };
      assert.equal(await valueOf(files, { env: { PKR_VAR_x: text } }), expected);
      assert.equal(await valueOf(files, { vars: [{ name: 'x', value: text }] }), expected);
    });
  }
});

describe('declarations', () => {
  it('variables, null and env', async () => {
    const { values } = await valuesOf(
      {
        'a.pkr.hcl': `
          variables {
            a = "1"
            b = [true]
          }
          variable "n" {
            default = null
          }
          variable "e" {
            default = env("HOME_OF_TEST")
          }
          variable "none" {
            default = env("NOT_SET")
          }`,
      },
      { env: { HOME_OF_TEST: '/home/x' } },
    );
    assert.deepEqual(values, { a: '"1"', b: '[true]', n: 'null', e: '"/home/x"', none: '""' });
  });

  it('types convert the default', async () => {
    const files = { 'a.pkr.hcl': 'variable "x" {\n  type = list(string)\n  default = [1, 2]\n}\n' };
    assert.equal(await valueOf(files), '["1", "2"]');
  });

  it('a passing validation is silent, and functions read files of the current directory', async () => {
    const files = {
      'sub/a.pkr.hcl': `variable "x" {
        default = "setup.sh"
        validation {
          condition     = fileexists(var.x)
          error_message = "There is no such file."
        }
      }`,
    };
    assert.equal(await valueOf(files, { path: 'sub' }), '"setup.sh"');
  });

  it('hidden files count, and sub-directories do not', async () => {
    const files = {
      '.hidden.pkr.hcl': 'variable "x" { default = "hidden" }',
      'sub/b.pkr.hcl': 'variable "x" { default = "sub" }',
      'notes.txt': 'x',
    };
    assert.equal(await valueOf(files), '"hidden"');
  });

  it('-config-type=hcl2 reads a file with any name', async () => {
    const files = { 'template.txt': 'variable "x" { default = "any" }' };
    assert.equal(await valueOf(files, { path: 'template.txt', configType: 'hcl2' }), '"any"');
  });

  it('undeclared values in a file warn unless told not to', async () => {
    const files = { 'a.pkr.hcl': 'variables {\n}\n', 'a.auto.pkrvars.hcl': 'y = 1' };
    const codes = async (options: CheckOptions) =>
      (await check(files, options)).loaded.diagnostics.map(({ code, severity }) => `${severity} ${code}`);
    assert.deepEqual(await codes({}), ['warning variable-undeclared']);
    assert.deepEqual(await codes({ undeclared: 'ignore' }), []);
    assert.deepEqual(await codes({ undeclared: 'ignore', env: { PKR_VAR_zzz: '1' } }), []);
  });

  it('-syntax-only asks for no values', async () => {
    const files = { 'a.pkr.hcl': 'variable "x" {\n}\nlocals {\n  y = local.nope\n}\n' };
    const { loaded } = await check(files, { syntaxOnly: true });
    assert.deepEqual(loaded.diagnostics, []);
  });
});

describe('locals and data sources', () => {
  async function localsOf(text: string, options: CheckOptions = {}) {
    const { loaded, diagnostics } = await check({ 'a.pkr.hcl': text }, options);
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error').map(({ detail }) => detail),
      [],
    );
    const values: Record<string, string> = {};
    for (const [name, { value }] of loaded.configuration.names.locals) values[name] = valueText(value);
    return { values, loaded };
  }

  it('are evaluated in the order of their references, whatever that of the file', async () => {
    const { values } = await localsOf(`
      locals {
        c = "\${local.b}c"
        b = "\${data.null.n.output}b"
      }
      data "null" "n" {
        input = local.a
      }
      local "a" {
        expression = upper(var.v)
      }
      variable "v" {
        default = "a"
      }`);
    assert.deepEqual(values, { a: '"A"', b: '"Ab"', c: '"Abc"' });
  });

  it('path, packer and all locals at once', async () => {
    const { values, loaded } = await localsOf(`
      locals {
        root    = path.root
        cwd     = path.cwd
        version = packer.version
        names   = keys(local)
      }`);
    assert.equal(values['root'], '"."');
    assert.equal(values['cwd'], JSON.stringify(loaded.configuration.options.cwd));
    assert.equal(values['version'], '"1.16.0"');
    assert.equal(values['names'], '["cwd", "root", "version"]');
  });

  it('data "http" is unknown while validating', async () => {
    const { values } = await localsOf(`
      data "http" "x" {
        url = "http://127.0.0.1:1/"
      }
      locals {
        body = data.http.x.body
      }`);
    assert.equal(values['body'], '(unknown)');
  });

  it('a sensitive local is marked, and so is what is made of it', async () => {
    const { values, loaded } = await localsOf(`
      local "secret" {
        expression = "abc"
        sensitive  = true
      }
      locals {
        more = "\${local.secret}!"
      }`);
    assert.deepEqual(values, { secret: '(sensitive)', more: '(sensitive)' });
    assert.ok(loaded.configuration.names.locals.has('more'));
  });
});
