import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startSocksServer } from '../communicator/socks-server.ts';
import { openRequest, refusalOfProxy } from '../../src/lib/http-request.ts';
import { freePort } from '../../src/lib/free-port.ts';
import { startWebProxy } from './web-proxy.ts';

const signal = new AbortController().signal;

async function listening(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Says what it was asked for, and with which headers of interest. */
const echo: RequestListener = ({ method, url, headers }, response) => {
  const { host, authorization, 'x-mine': mine, 'proxy-authorization': leaked } = headers;
  response.end(JSON.stringify({ method, url, host, authorization, mine, leaked }));
};

async function get(url: string, env: Record<string, string>, proxyTime = 20_000): Promise<string> {
  const place = new URL(url);
  const sent = await openRequest(place, { headers: { 'x-mine': 'yes' }, signal, proxyTime, env });
  const answered = once(sent, 'response');
  sent.end();
  const [response] = (await answered) as [IncomingMessage];
  const refusal = refusalOfProxy(place, response, env);
  if (refusal !== undefined) {
    response.resume();
    throw refusal;
  }
  return text(response);
}

test('http: the proxy is asked for the whole URL, and its password does not go on to the server', async (t) => {
  const target = await listening(t, createServer(echo));
  const proxy = await startWebProxy(t, { target, login: 'me:p@ss word' });
  const env = { HTTP_PROXY: `http://me:p%40ss%20word@${proxy.name}` };
  const said = JSON.parse(await get('http://her:key@web.example/a/b?c=d', env)) as unknown;
  const authorization = `Basic ${Buffer.from('her:key').toString('base64')}`;
  assert.deepEqual(said, { method: 'GET', url: '/a/b?c=d', host: 'web.example', authorization, mine: 'yes' });
  assert.deepEqual(proxy.asked, ['GET http://web.example/a/b?c=d']);
});

test('not for what NO_PROXY excludes, nor for this machine', async (t) => {
  const target = await listening(t, createServer(echo));
  const proxy = await startWebProxy(t, { target });
  const env = { HTTP_PROXY: proxy.name };
  assert.match(await get(`http://127.0.0.1:${target}/`, env), /"host":"127/);
  assert.match(await get(`http://localhost:${target}/`, env), /"host":"localhost/);
  assert.deepEqual(proxy.asked, []);
});

const noOpenssl = spawnSync('openssl', ['version']).error && 'there is no openssl';

test('https: through CONNECT, and the certificate is checked', { skip: noOpenssl }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const name = ['-subj', '/CN=web.example', '-addext', 'subjectAltName=DNS:web.example'];
  const made = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync('openssl', ['req', '-x509', ...made, ...name], { stdio: 'ignore' });
  const secure = { key: readFileSync(key), cert: readFileSync(cert) };
  const target = await listening(t, createSecureServer(secure, echo));
  const proxy = await startWebProxy(t, { target, login: 'me:secret' });
  const env = { HTTPS_PROXY: `http://me:secret@${proxy.name}` };
  await assert.rejects(get('https://web.example/', env), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  assert.deepEqual(proxy.asked, ['CONNECT web.example:443']);
  // Certificates to trust are read when a process starts.
  const script = `
    import { openRequest } from '${new URL('../../src/lib/http-request.ts', import.meta.url).href}';
    const sent = await openRequest(new URL(process.argv[1]), { signal: AbortSignal.timeout(20_000), proxyTime: 20_000 });
    sent.on('error', (error) => console.error(error.message));
    sent.on('response', (response) => response.pipe(process.stdout)).end();`;
  const { spawn } = await import('node:child_process');
  const fetched = async (url: string) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, url], {
      env: { ...process.env, ...env, NODE_EXTRA_CA_CERTS: cert },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return (await Promise.all([text(child.stdout), text(child.stderr)])).join('');
  };
  assert.match(
    await fetched('https://web.example:8443/x'),
    /^{"method":"GET","url":"\/x","host":"web.example:8443"}$/,
  );
  assert.match(await fetched('https://other.example/'), /does not match certificate's altnames/);
  assert.deepEqual(proxy.asked.slice(1), ['CONNECT web.example:8443', 'CONNECT other.example:443']);
});

test('a SOCKS5 proxy, which resolves the name', async (t) => {
  const target = await listening(t, createServer(echo));
  const proxy = await startSocksServer(t, {
    target,
    speaksFirst: false,
    login: { user: 'me', password: 'p@ss' },
  });
  const env = { http_proxy: `socks5://me:p%40ss@127.0.0.1:${proxy.port}` };
  assert.match(await get('http://web.example:8080/x', env), /"url":"\/x","host":"web.example:8080"/);
  assert.deepEqual(proxy.asked, ['web.example:8080']);
});

test('a proxy that refuses, is not there or does not answer is what the message is about', async (t) => {
  const target = await listening(t, createServer(echo));
  const strict = await startWebProxy(t, { target, login: 'me:secret' });
  const closed = await startWebProxy(t, { target, answer: 403 });
  const nobody = await freePort('127.0.0.1');
  const silent = await listening(
    t,
    createTcpServer((socket) => void t.after(() => socket.destroy())),
  );
  const cases: readonly [url: string, proxy: string, message: RegExp][] = [
    [
      'http://w.example/',
      strict.name,
      /^the proxy 127\.0\.0\.1:\d+ \(HTTP_PROXY\) does not let us through to w\.example:80: 407 Proxy Authentication Required; it wants a user and password, as in http:\/\/USER:PASSWORD@127/,
    ],
    [
      'https://w.example/',
      `me:wrong@${strict.name}`,
      /^the proxy 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) does not let us through to w\.example:443: 407 No Way; it wants another user/,
    ],
    ['https://w.example/', closed.name, /does not let us through to w\.example:443: 403 No Way$/],
    [
      'http://w.example/',
      `127.0.0.1:${nobody}`,
      /^the proxy 127\.0\.0\.1:\d+ \(HTTP_PROXY\) refuses the connection$/,
    ],
    ['https://w.example/', `127.0.0.1:${silent}`, /\(HTTPS_PROXY\) does not answer within 0\.3 s$/],
    ['https://w.example/', `https://127.0.0.1:${silent}`, /\(HTTPS_PROXY\) does not answer within 0\.3 s$/],
    [
      'http://w.example/',
      'socks5://proxy.invalid',
      /^the proxy proxy\.invalid:1080 \(HTTP_PROXY\) (is not known by that name|cannot be looked up now)$/,
    ],
  ];
  for (const [url, proxy, message] of cases) {
    const time = proxy.includes(String(silent)) ? 300 : 20_000;
    await assert.rejects(get(url, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }, time), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret|wrong/);
      return true;
    });
  }
});

test('an abort ends the waiting for a proxy', async (t) => {
  const silent = await listening(
    t,
    createTcpServer((socket) => void t.after(() => socket.destroy())),
  );
  const abort = new AbortController();
  const env = { HTTPS_PROXY: `127.0.0.1:${silent}` };
  const opening = openRequest(new URL('https://w.example/'), {
    signal: abort.signal,
    proxyTime: 60_000,
    env,
  });
  setTimeout(() => abort.abort(new Error('enough')), 50);
  await assert.rejects(opening, /enough/);
});
