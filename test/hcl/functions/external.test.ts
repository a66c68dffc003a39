// vault and consul_key against a server on this machine, which runs in a thread, as a call blocks until it is answered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { asString, isSensitive, unmarkDeep } from '../../../src/hcl/index.ts';
import { run, tables } from './rows.ts';

const SERVER = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const secrets = {
  '/v1/secret/data/hello': { data: { data: { password: 'geheim', count: 5 }, metadata: {} } },
  '/v1/kv/old': { data: { password: 'alt' } },
  '/v1/with%20blank': { data: { k: 'blank' } },
  '/v1/deleted': { data: { data: null } },
};
const server = createServer((request, response) => {
  const { url, headers } = request;
  const answer = (status, body) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  if (url === '/v1/sys/moved') return response.writeHead(307, { location: '/v1/kv/old' }).end();
  if (url === '/v1/loop') return response.writeHead(307, { location: '/v1/loop' }).end();
  if (url === '/v1/nonsense') return answer(200, 'no JSON');
  if (url === '/v1/broken') return answer(500, {});
  if (url === '/v1/kv/image/name') return answer(headers['x-consul-token'] === 'consul-token' ? 200 : 403, [{ Value: Buffer.from('größe').toString('base64') }]);
  if (url === '/v1/kv/empty') return answer(200, [{ Value: null }]);
  if (url === '/v1/seen') return answer(200, { data: { namespace: headers['x-vault-namespace'] } });
  if (headers['x-vault-token'] !== 'vault-token' && url in secrets) return answer(403, { errors: ['permission denied'] });
  if (url in secrets) return answer(200, secrets[url]);
  answer(404, { errors: [] });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

let worker: Worker;
let port = 0;

before(async () => {
  worker = new Worker(SERVER, { eval: true });
  port = await new Promise<number>((resolve) => worker.once('message', resolve));
});
after(() => worker.terminate());

function context(more: Readonly<Record<string, string>> = {}) {
  const environment = {
    VAULT_ADDR: `http://127.0.0.1:${port}/`,
    VAULT_TOKEN: 'vault-token',
    CONSUL_HTTP_ADDR: `127.0.0.1:${port}`,
    CONSUL_HTTP_TOKEN: 'consul-token',
    ...more,
  };
  return { baseDirectory: '.', environment };
}

/** The text of a result, or of the first failure. */
function outcome(source: string, more?: Readonly<Record<string, string>>): string {
  const { value, diagnostics } = run(source, context(more));
  return diagnostics[0]?.detail ?? asString(unmarkDeep(value)[0]);
}

test('vault reads secrets of both versions of the key/value engine, as sensitive values', () => {
  assert.equal(outcome('vault("secret/data/hello", "password")'), 'geheim');
  assert.equal(outcome('vault("/kv/old", "password")'), 'alt');
  assert.equal(outcome('vault("with blank", "k")'), 'blank');
  assert.equal(outcome('vault("sys/moved", "password")'), 'alt');
  assert.equal(outcome('vault("seen", "namespace")', { VAULT_NAMESPACE: 'team' }), 'team');
  assert.ok(isSensitive(run('vault("kv/old", "password")', context()).value));
});

test('vault says what is wrong', () => {
  const failures: readonly (readonly [string, RegExp, Record<string, string>?])[] = [
    ['vault("secret/data/hello", "nosuch")', /has no key "nosuch".*secret\/data\/hello/],
    ['vault("secret/data/hello", "count")', /no text under the key/],
    ['vault("nosuch", "a")', /no secret at the path "nosuch"/],
    ['vault("deleted", "a")', /has no key "a"/],
    ['vault("kv/old", "password")', /does not let this VAULT_TOKEN/, { VAULT_TOKEN: 'other' }],
    ['vault("kv/old", "password")', /set the environment variable VAULT_TOKEN/, { VAULT_TOKEN: '' }],
    ['vault("kv/old", "password")', /VAULT_ADDR is no URL/, { VAULT_ADDR: 'nonsense' }],
    [
      'vault("kv/old", "password")',
      /at http:\/\/127\.0\.0\.1:1 cannot be reached/,
      { VAULT_ADDR: 'http://127.0.0.1:1' },
    ],
    ['vault("kv/old", "password")', /cannot be read|ENOENT|no such file/, { VAULT_CACERT: '/nosuch' }],
    ['vault("nonsense", "a")', /not the JSON/],
    ['vault("broken", "a")', /status 500/],
    ['vault("loop", "a")', /status 307/],
  ];
  for (const [source, pattern, more] of failures) {
    const detail = outcome(source, more);
    assert.match(detail, pattern);
    assert.doesNotMatch(detail, /vault-token/);
  }
});

test('consul_key reads a value', () => {
  assert.equal(outcome('consul_key("image/name")'), 'größe');
  assert.equal(
    outcome('consul_key("/image/name")', { CONSUL_HTTP_ADDR: `http://127.0.0.1:${port}` }),
    'größe',
  );
  assert.match(outcome('consul_key("image/name")', { CONSUL_HTTP_TOKEN: '' }), /CONSUL_HTTP_TOKEN/);
  assert.match(outcome('consul_key("nosuch")'), /no key "nosuch"/);
  assert.match(outcome('consul_key("empty")'), /has no value/);
  assert.match(outcome('consul_key("a")', { CONSUL_HTTP_SSL: 'true' }), /at https:\/\/127/);
});

tables({
  'aws_secretsmanager says what to do instead': [
    ['aws_secretsmanager("a", null)', /Amazon account.*PKR_VAR_password/],
    ['aws_secretsmanager_raw("a")', /Amazon account.*vault\(\)/],
  ],
});
