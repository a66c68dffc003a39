import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFor, proxyPasswords } from '../../src/lib/http-proxy.ts';

const PROXY = 'http://proxy.example:3128';

function through(url: string, env: Record<string, string>): string | undefined {
  return proxyFor(new URL(url), env)?.url.href;
}

test('the variable of the scheme counts, in capital letters first', () => {
  const env = {
    HTTP_PROXY: 'a:1',
    http_proxy: 'b:2',
    HTTPS_PROXY: '',
    https_proxy: 'socks5://c',
    ALL_PROXY: 'd:4',
  };
  assert.equal(through('http://x.example/', env), 'http://a:1/');
  assert.equal(through('https://x.example/', env), 'socks5://c');
  assert.equal(through('http://x.example/', { HTTPS_PROXY: PROXY, ALL_PROXY: PROXY }), undefined);
  assert.deepEqual(
    ['proxy', 'proxy:3128', 'u:p@proxy:3128', '10.0.0.1:80', 'https://proxy'].map(
      (text) => proxyFor(new URL('http://x.example/'), { HTTP_PROXY: text })?.name,
    ),
    ['proxy:80', 'proxy:3128', 'proxy:3128', '10.0.0.1:80', 'proxy:443'],
  );
});

test('what is no proxy is told without its words', () => {
  for (const text of ['ftp://u:secret@proxy', 'http://', 'http://u:secret@pro xy']) {
    assert.throws(() => through('https://x.example/', { https_proxy: text }), {
      name: 'ProxyError',
      message: /^the environment variable https_proxy names no proxy; (?!.*secret)/,
    });
  }
});

// What NO_PROXY says, a URL, and whether it is reached directly; by the documentation of Go's golang.org/x/net/http/httpproxy.
const EXCLUSIONS: readonly (readonly [list: string, url: string, direct: boolean])[] = [
  ['', 'http://localhost:8080/', true],
  ['', 'http://127.3.2.1/', true],
  ['', 'http://[::1]:80/', true],
  ['', 'http://10.0.0.1/', false],
  ['*', 'http://any.example/', true],
  ['x.example', 'http://x.example/', true],
  ['x.example', 'http://X.EXAMPLE:99/', true],
  ['x.example', 'http://below.x.example/', true],
  ['x.example', 'http://notx.example/', false],
  ['.x.example', 'http://below.x.example/', true],
  ['.x.example', 'http://x.example/', false],
  ['*.x.example', 'http://below.x.example/', true],
  ['*.x.example', 'http://x.example/', false],
  ['x.example:8080', 'http://x.example:8080/', true],
  ['x.example:8080', 'http://x.example/', false],
  ['x.example:80', 'http://x.example/', true],
  ['x.example:443', 'https://x.example/', true],
  ['a.example, X.example ,b.example', 'http://x.example/', true],
  [',,:80', 'http://x.example/', false],
  ['10.0.0.1', 'http://10.0.0.1/', true],
  ['10.0.0.1', 'http://10.0.0.12/', false],
  ['10.0.0.1:81', 'http://10.0.0.1/', false],
  ['10.0.0.1:80', 'http://10.0.0.1/', true],
  ['10.1.0.0/16', 'http://10.1.200.3:99/', true],
  ['10.1.0.0/16', 'http://10.2.0.1/', false],
  ['10.1.0.0/99', 'http://10.1.0.1/', false],
  ['2001:db8::/32', 'http://[2001:db8::7]/', true],
  ['2001:db8::7', 'http://[2001:db8:0::7]/', true],
  ['[2001:db8::7]:80', 'http://[2001:db8::7]/', true],
  ['[2001:db8::7]:81', 'http://[2001:db8::7]/', false],
  ['10.0.0.0/8', 'http://ten.example/', false],
];

for (const [list, url, direct] of EXCLUSIONS) {
  test(`NO_PROXY="${list}": ${url} is reached ${direct ? 'directly' : 'through the proxy'}`, () => {
    const env = { HTTP_PROXY: PROXY, HTTPS_PROXY: PROXY };
    assert.equal(through(url, { ...env, no_proxy: list }) === undefined, direct);
    if (list === '') return;
    assert.equal(through(url, { ...env, NO_PROXY: list, no_proxy: direct ? '' : '*' }) === undefined, direct);
  });
}

test('the passwords of all proxies are known, as they are meant', () => {
  const env = { HTTP_PROXY: 'http://u:p%40ss@a', https_proxy: 'u:two@b:1', ALL_PROXY: 'socks5://u:three@c' };
  assert.deepEqual(proxyPasswords(env), ['p@ss', 'two', 'three']);
  assert.deepEqual(proxyPasswords({ HTTP_PROXY: PROXY }), []);
});
