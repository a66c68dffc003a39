// Nothing that is said about a template shows a sensitive value: not in words, not in an excerpt, not as evidence.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { renderDiagnostics } from '../../src/hcl/render-diagnostics.ts';
import { blockSchema } from '../../src/schema/index.ts';
import { GOOD_SOURCE, check, templateOf } from './sandbox.ts';
import type { CheckOptions } from './sandbox.ts';

/** Wrong as a number, a bool, a size, a duration, a name, a path, a key, a port and a choice; and a broken {{ }}. */
const SECRETS = [
  'hunter 2 <secrt>',
  '{{ hunter2',
  '2 hunters',
  '{{ .hunter2 }}',
  '{{ split "hunter2" "-" 9 }}',
];

async function printed(files: Record<string, string>, options: CheckOptions): Promise<string> {
  const { loaded, diagnostics } = await check(files, options);
  return renderDiagnostics(diagnostics, loaded.sources, { width: 200, color: false });
}

const variable = 'variable "secret" {\n  sensitive = true\n}\n';

function valueFor(type: string | undefined): string {
  if (type === 'array') return '[var.secret]';
  return type === 'object' ? '{ "/x" = var.secret, (var.secret) = "y" }' : 'var.secret';
}

describe('an attribute with a sensitive value', () => {
  const blocks: [schema: string, template: (name: string, value: string) => string][] = [
    [
      'source-vmm',
      (name, value) =>
        templateOf(
          GOOD_SOURCE.split('\n')
            .filter((line) => !line.trim().startsWith(`${name} `))
            .concat(`  ${name} = ${value}`)
            .join('\n'),
        ),
    ],
    ...['shell', 'file', 'shell-local'].map((type): [string, (name: string, value: string) => string] => [
      `provisioner-${type}`,
      (name, value) => templateOf(GOOD_SOURCE, `  provisioner "${type}" {\n    ${name} = ${value}\n  }`),
    ]),
    ...['checksum', 'manifest'].map((type): [string, (name: string, value: string) => string] => [
      `post-processor-${type}`,
      (name, value) => templateOf(GOOD_SOURCE, `  post-processor "${type}" {\n    ${name} = ${value}\n  }`),
    ]),
  ];
  for (const [schema, template] of blocks) {
    for (const [name, property] of Object.entries(blockSchema(schema)?.properties ?? {})) {
      it(`${schema}.${name}`, async () => {
        for (const secret of SECRETS) {
          const files = { 'v.pkr.hcl': variable, 'vm.pkr.hcl': template(name, valueFor(property.type)) };
          const text = await printed(files, { vars: [{ name: 'secret', value: secret }] });
          assert.doesNotMatch(text, /hunter|secrt/);
        }
      });
    }
  }
});

describe('a sensitive variable', () => {
  const declaration = (rest: string) =>
    `variable "secret" {\n  sensitive = true\n  type = list(number)\n${rest}\n}\n`;
  const cases: [name: string, files: Record<string, string>, options: CheckOptions][] = [
    [
      'of the wrong type in a flag',
      { 'v.pkr.hcl': declaration('') },
      { vars: [{ name: 'secret', value: '["hunter2"]' }] },
    ],
    [
      'with a syntax error in a flag',
      { 'v.pkr.hcl': declaration('') },
      { vars: [{ name: 'secret', value: '[hunter2' }] },
    ],
    [
      'that is a reference in the environment',
      { 'v.pkr.hcl': declaration('') },
      { env: { PKR_VAR_secret: 'hunter2' } },
    ],
    [
      'of the wrong type in a file',
      { 'v.pkr.hcl': declaration(''), 'a.auto.pkrvars.hcl': 'secret = "hunter2"' },
      {},
    ],
    [
      'that is a reference in a file',
      { 'v.pkr.hcl': declaration(''), 'a.auto.pkrvars.hcl': 'secret = hunter2' },
      {},
    ],
    ['with a default of the wrong type', { 'v.pkr.hcl': declaration('  default = "hunter2"') }, {}],
    [
      'with a default that cannot be computed',
      { 'v.pkr.hcl': 'variable "secret" {\n  sensitive = true\n  default   = "${1 + "hunter2"}"\n}\n' },
      {},
    ],
    [
      'that is the address of a data source',
      {
        'v.pkr.hcl': variable,
        'd.pkr.hcl': 'data "http" "x" {\n  url = var.secret\n}\n',
      },
      { vars: [{ name: 'secret', value: 'http://127.0.0.1:1/hunter2' }], dataSources: 'run' },
    ],
    [
      'that a data source hands on',
      {
        'v.pkr.hcl': variable,
        'd.pkr.hcl':
          'data "http" "x" {\n  url = "http://127.0.0.1:1/${var.secret}"\n  request_headers = { a = var.secret }\n}\n',
        'l.pkr.hcl': 'locals {\n  x = data.http.x.url + 1\n  y = data.http.x.request_headers + 1\n}\n',
      },
      { vars: [{ name: 'secret', value: 'hunter2' }] },
    ],
    [
      'that a validation refuses',
      {
        'v.pkr.hcl': `variable "secret" {
          sensitive = true
          validation {
            condition     = length(var.secret) > 10
            error_message = "Too short."
          }
        }`,
        'a.auto.pkrvars.hcl': 'secret = "hunter2"',
      },
      {},
    ],
    [
      'that a function refuses',
      {
        'v.pkr.hcl': variable,
        'l.pkr.hcl': 'locals {\n  x = jsondecode(var.secret)\n  y = parseint(var.secret, 10)\n}\n',
      },
      { vars: [{ name: 'secret', value: 'hunter2' }] },
    ],
  ];
  for (const [name, files, options] of cases) {
    it(name, async () => {
      const text = await printed(files, options);
      assert.match(text, /^Error/m);
      assert.doesNotMatch(text, /hunter/);
    });
  }
});

const VAULT = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const server = createServer((_request, response) => response.end(JSON.stringify({ data: { key: 'out of the vault' } })));
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

it('a secret that a block reads from a vault is hidden in all output of its build', async () => {
  // In a thread, since the function blocks this one until it has its answer.
  const worker = new Worker(VAULT, { eval: true });
  try {
    const port = await new Promise<number>((resolve) => worker.once('message', resolve));
    const env = { VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: 'token' };
    const shell = '  provisioner "shell" {\n    inline = ["echo ${vault("a", "key")}"]\n  }';
    const { planned } = await check({ 'vm.pkr.hcl': templateOf(GOOD_SOURCE, shell) }, { env });
    assert.deepEqual(
      planned.plans.map(({ sensitive }) => sensitive),
      [['out of the vault']],
    );
  } finally {
    await worker.terminate();
  }
});
