import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startHttpServer } from '../../src/http/server.ts';
import type { FileServer, HttpRequest, HttpServerOptions, Served } from '../../src/http/server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

/** One request with the path exactly as given; `fetch` would tidy it up. */
function get(port: number, path: string, headers = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

async function start(
  t: TestContext,
  served: Served | undefined,
  options: Partial<HttpServerOptions> = {},
): Promise<{ server: FileServer; log: HttpRequest[] }> {
  const log: HttpRequest[] = [];
  const server = await startHttpServer({
    bind: '127.0.0.1',
    portMin: 0,
    portMax: 0,
    onRequest: (request) => log.push(request),
    ...options,
  });
  t.after(() => server.close());
  if (served !== undefined) server.serve(served);
  return { server, log };
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('folders: files, sub-folders, index.html, listings, ranges, and what is refused', async (t) => {
  const base = await folder(t);
  const root = join(base, 'http');
  await mkdir(join(root, 'sub'), { recursive: true });
  await mkdir(join(root, 'pages'));
  await mkdir(join(base, 'http-secret'));
  await writeFile(join(base, 'http-secret', 'key'), 'private');
  await writeFile(join(base, 'key'), 'private');
  await writeFile(join(root, 'install.conf'), 'hello world');
  await writeFile(join(root, '.hidden'), 'private');
  await writeFile(join(root, 'sub', 'a&b.txt'), 'x');
  await writeFile(join(root, 'pages', 'index.html'), '<p>index');
  await symlink('../key', join(root, 'out'));
  await symlink('../http-secret', join(root, 'outdir'));
  await symlink('install.conf', join(root, 'within'));
  await symlink('loop', join(root, 'loop'));
  const { server, log } = await start(t, { kind: 'folders', roots: [root] });

  const table: [path: string, status: number, body: RegExp][] = [
    ['/install.conf', 200, /^hello world$/],
    ['/install.conf?path=7.9/amd64', 200, /^hello world$/],
    ['//install.conf', 200, /^hello world$/],
    ['/within', 200, /^hello world$/],
    ['/sub/a%26b.txt', 200, /^x$/],
    ['/sub/', 200, /<a href="\.\/a%26b\.txt">a&amp;b\.txt<\/a>/],
    ['/pages/', 200, /^<p>index$/],
    ['/pages/index.html', 200, /^<p>index$/],
    ['/', 200, /install\.conf<.*pages\/<.*sub\/<.*within</s],
    ['/install.cnf', 404, /there is \/install\.conf/],
    ['/wrong/INSTALL.CONF', 404, /there is \/install\.conf/],
    ['/.hidden', 404, /begin with a dot/],
    ['/../key', 404, /leaves the served folder/],
    ['/..%2fkey', 404, /leaves the served folder/],
    ['/sub/%2e%2e/%2e%2e/key', 404, /leaves the served folder/],
    ['/..%2fhttp-secret/key', 404, /leaves the served folder/],
    ['/out', 404, /symbolic link that leaves/],
    ['/outdir/key', 404, /symbolic link that leaves/],
    ['/loop', 404, /no such file/],
    ['/install.conf%00', 404, /leaves the served folder/],
    ['/%ff', 400, /percent-encoded/],
  ];
  for (const [path, status, body] of table) {
    const answer = await get(server.port, path);
    assert.equal(answer.status, status, path);
    assert.match(answer.body, body, path);
    assert.doesNotMatch(answer.body, /private/);
  }
  const listing = await get(server.port, '/');
  assert.doesNotMatch(listing.body, /hidden|out/);

  assert.equal((await get(server.port, '/sub')).headers['location'], 'sub/');
  assert.equal((await get(server.port, '/sub/a%26b.txt/')).headers['location'], '../a%26b.txt');
  const part = await get(server.port, '/install.conf', { Range: 'bytes=6-' });
  assert.deepEqual([part.status, part.body], [206, 'world']);
  assert.equal((await get(server.port, '/install.conf', {}, 'HEAD')).headers['content-length'], '11');
  assert.equal((await get(server.port, '/install.conf', {}, 'POST')).status, 405);

  assert.deepEqual(
    { ...log[1], bytes: 0 },
    {
      client: '127.0.0.1',
      method: 'GET',
      url: '/install.conf?path=7.9/amd64',
      status: 200,
      bytes: 0,
      note: undefined,
    },
  );
  assert.ok((log[1]?.bytes ?? 0) >= 'hello world'.length);
  const evidence = await server.evidence();
  assert.deepEqual(
    evidence.neverFetched,
    ['/within'].filter((path) => !log.some((r) => r.url === path)),
  );
  assert.deepEqual(
    evidence.notFound.find(({ path }) => path === '/install.cnf'),
    { path: '/install.cnf', nearest: '/install.conf' },
  );
});

test('folders: one that cannot be read is not there, and the others are', async (t) => {
  const root = await folder(t);
  await chmod(root, 0o755);
  await mkdir(join(root, 'lost+found'), { mode: 0o711 });
  await writeFile(join(root, 'install.conf'), 'hello');
  const { server } = await start(t, { kind: 'folders', roots: [root] });
  assert.equal((await get(server.port, '/install.conf')).status, 200);
  await withoutAccessTo(join(root, 'lost+found'), async () => {
    for (const [path, body] of [
      ['/lost+found/', '404: it is a folder that cannot be read\n'],
      ['/instal.conf', '404: no such file; there is /install.conf\n'],
    ] as const) {
      const answer = await get(server.port, path);
      assert.deepEqual([answer.status, answer.body], [404, body]);
    }
    assert.deepEqual((await server.evidence()).neverFetched, []);
  });
});

/** Root may read everything, and is somebody else for a while; for others the folder itself is closed. */
async function withoutAccessTo(folder: string, action: () => Promise<void>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  else await chmod(folder, 0);
  try {
    await action();
  } finally {
    if (isRoot) process.seteuid?.(0);
    else await chmod(folder, 0o700);
  }
}

test('folders: links that lead upwards do not make an endless search', async (t) => {
  const root = await folder(t);
  await writeFile(join(root, 'install.conf'), 'hello');
  await mkdir(join(root, 'sub'));
  for (const name of ['a', 'b', 'sub/c']) await symlink(root, join(root, name));
  const { server } = await start(t, { kind: 'folders', roots: [root] });
  assert.deepEqual((await server.evidence()).neverFetched, ['/install.conf']);
});

test('a failure of the server is told to us, and not to the guest', async (t) => {
  const served = { kind: 'content', content: {} } as const;
  Object.defineProperty(served, 'content', {
    get: () => {
      throw new Error('EIO of /home/builder');
    },
  });
  const { server, log } = await start(t, served);
  const { status, body } = await get(server.port, '/install.conf');
  assert.deepEqual([status, body], [500, '500: the server has failed\n']);
  assert.match(log[0]?.note ?? '', /EIO of \/home\/builder/);
});

test('folders: the first one that has the file wins, and listings are merged', async (t) => {
  const [over, under] = [await folder(t), await folder(t)];
  await mkdir(join(over, 'sub'));
  await mkdir(join(under, 'sub'));
  await writeFile(join(over, 'sub', 'a'), 'over');
  await writeFile(join(under, 'sub', 'a'), 'under');
  await writeFile(join(under, 'sub', 'b'), 'under');
  await writeFile(join(under, 'a.in'), 'template');
  const { server } = await start(t, {
    kind: 'folders',
    roots: [over, under],
    unasked: new Set(['/a.in']),
  });
  assert.equal((await get(server.port, '/sub/a')).body, 'over');
  assert.equal((await get(server.port, '/sub/b')).body, 'under');
  assert.match((await get(server.port, '/sub/')).body, />a<.*>b</s);
  assert.deepEqual((await server.evidence()).neverFetched, []);
});

test('content: exact paths only, with the nearest one named in a 404', async (t) => {
  const { server } = await start(t, { kind: 'content', content: { '/a/preseed.cfg': 'd-i x', '/b': '2' } });
  assert.equal((await get(server.port, '/a/preseed.cfg?x=1')).body, 'd-i x');
  assert.equal((await get(server.port, '/a/./preseed.cfg')).body, 'd-i x');
  assert.equal((await get(server.port, '/toString')).status, 404);
  assert.match((await get(server.port, '/preseed.cfg')).body, /there is \/a\/preseed\.cfg/);
  assert.deepEqual((await server.evidence()).neverFetched, ['/b']);
});

test('a client that is not the guest gets nothing', async (t) => {
  const { server, log } = await start(
    t,
    { kind: 'content', content: { '/a': 'private' } },
    { clients: ['100.64.1.3'] },
  );
  const answer = await get(server.port, '/a');
  assert.equal(answer.status, 403);
  assert.doesNotMatch(answer.body, /private/);
  assert.equal(log[0]?.note, 'only the guest of this build is served');
});

test('a request that comes before the files are ready waits for them', async (t) => {
  const { server } = await start(t, undefined);
  const early = get(server.port, '/a');
  // The answer of a second server proves that the first request has had its chance to be answered too early.
  const other = await start(t, { kind: 'content', content: { '/a': 'other' } });
  assert.equal((await get(other.server.port, '/a')).body, 'other');
  server.serve({ kind: 'content', content: { '/a': 'ready' } });
  assert.equal((await early).body, 'ready');
});

test('closing ends open connections and frees the port', async (t) => {
  const { server } = await start(t, undefined);
  const waiting = get(server.port, '/a').catch((error: NodeJS.ErrnoException) => error.code);
  const other = await start(t, { kind: 'content', content: { '/a': 'other' } });
  await get(other.server.port, '/a');
  await server.close();
  await server.close();
  assert.equal(await waiting, 'ECONNRESET');
  await start(t, undefined, { portMin: server.port, portMax: server.port });
});

test('ports: a busy one is passed over, and an exhausted range is explained', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  for (let i = 0; i < 4; i++) {
    const { server } = await start(t, undefined, { portMin: port, portMax: port + 2 });
    assert.equal(server.port, port + 1);
    await server.close();
  }
  await assert.rejects(start(t, undefined, { portMin: port, portMax: port }), {
    name: 'ListenError',
    message: `Port ${port} of 127.0.0.1 is in use, so there is no port for the HTTP server.`,
  });
  await start(t, undefined, { portMin: port + 1, portMax: port + 1 });
  await assert.rejects(start(t, undefined, { portMin: port, portMax: port + 2 }), {
    message: new RegExp(`^Every port from ${port} to ${port + 1} of 127\\.0\\.0\\.1 is in use`),
  });
  await assert.rejects(start(t, undefined, { bind: '203.0.113.9' }), { message: /no such address/ });
});
