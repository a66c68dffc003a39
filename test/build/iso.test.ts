import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, statfsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { getIso } from '../../src/build/iso/get-iso.ts';
import { previewBuild } from '../../src/build/preview/preview-build.ts';
import { parseChecksumSource } from '../../src/lib/checksum.ts';
import type { IsoSource } from '../../src/plan/iso-source.ts';
import { startWebProxy } from '../lib/web-proxy.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { makePlan, run, temporaryFolder } from './harness.ts';

const IMAGE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) & 0xff));
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const HEX = sha256(IMAGE);

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that knows ranges, validators, and no other file; `handlers` replace what it does for a path. */
async function startServer(t: TestContext, handlers: Record<string, Handler> = {}) {
  const seen: { url: string; range?: string }[] = [];
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    seen.push({ url, range: headers.range });
    (handlers[url] ?? serveImage)(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const serveImage: Handler = (request, response) => {
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  if (request.headers['if-none-match'] === '"v1"') return void response.writeHead(304).end();
  if (from === undefined) return void response.writeHead(200, headersOf(IMAGE.length)).end(IMAGE);
  const start = Number(from);
  if (start >= IMAGE.length) {
    return void response.writeHead(416, { 'content-range': `bytes */${IMAGE.length}` }).end();
  }
  const range = { 'content-range': `bytes ${start}-${IMAGE.length - 1}/${IMAGE.length}` };
  response.writeHead(206, { ...headersOf(IMAGE.length - start), ...range }).end(IMAGE.subarray(start));
};

function headersOf(length: number): Record<string, string> {
  return { 'content-length': String(length), etag: '"v1"', 'content-type': 'application/octet-stream' };
}

/** Sends so many bytes and breaks off. */
function breakAfter(bytes: number): Handler {
  return (_, response) => {
    response.writeHead(200, headersOf(IMAGE.length));
    response.write(IMAGE.subarray(0, bytes), () => response.destroy());
  };
}

async function setting(t: TestContext, handlers?: Record<string, Handler>) {
  const folder = await temporaryFolder(t);
  const server = await startServer(t, handlers);
  const cache = join(folder, 'cache');
  const said: string[] = [];
  const statuses: string[] = [];
  const get = (
    urls: readonly string[],
    checksum = HEX,
    more: Partial<IsoSource> & { readonly signal?: AbortSignal; readonly idleTime?: number } = {},
  ) => {
    const parsed = parseChecksumSource(checksum);
    assert.ok('source' in parsed);
    return getIso(
      {
        urls: urls.map((url) => (url.startsWith('/') ? url : `${server.base}/${url}`)),
        checksum: parsed.source,
        cacheDirectory: cache,
        ...more,
      },
      {
        signal: more.signal ?? new AbortController().signal,
        idleTime: more.idleTime,
        say: (text) => said.push(text),
        status: (text) => statuses.push(text),
      },
    );
  };
  const cached = async () =>
    existsSync(join(cache, 'iso')) ? (await readdir(join(cache, 'iso'))).sort() : [];
  return { ...server, folder, cache, said, statuses, get, cached };
}

describe('fetching', () => {
  test('once, under its checksum, with progress; the second build asks no server', async (t) => {
    const { get, seen, cached, statuses } = await setting(t);
    const path = await get(['x.iso']);
    assert.deepEqual(await readFile(path), IMAGE);
    assert.deepEqual(await cached(), [`sha256-${HEX}.iso`]);
    assert.ok(statuses.includes('fetching x.iso: 100% of 293.0 KiB'), statuses.join('\n'));
    assert.equal(await get(['mirror/x.iso']), path);
    assert.equal(seen.length, 1);
  });

  test('a copy in the cache that has changed is fetched again', async (t) => {
    const { get, seen } = await setting(t);
    const path = await get(['x.iso']);
    await writeFile(path, 'rotten');
    assert.deepEqual(await readFile(await get(['x.iso'])), IMAGE);
    assert.equal(seen.length, 2);
  });

  test('two at once share one download', async (t) => {
    const { get, seen, said } = await setting(t);
    const paths = await Promise.all([get(['x.iso']), get(['x.iso'])]);
    assert.equal(paths[0], paths[1]);
    assert.equal(seen.length, 1);
    assert.ok(said.some((text) => text.startsWith('Waiting for process')));
  });

  test('without a checksum the server is asked whether it is still the same', async (t) => {
    const { get, seen } = await setting(t);
    const path = await get(['x.iso'], 'none');
    assert.equal(await get(['x.iso'], 'none'), path);
    assert.equal(seen.length, 2);
    assert.deepEqual(await readFile(path), IMAGE);
  });

  test('redirections are followed', async (t) => {
    const { get } = await setting(t, {
      '/x.iso': (_, response) => void response.writeHead(302, { location: 'mirror/x.iso' }).end(),
    });
    assert.deepEqual(await readFile(await get(['x.iso'])), IMAGE);
  });

  test('a file of this machine is used where it is', async (t) => {
    const { get, folder, cached } = await setting(t);
    const path = join(folder, 'own.iso');
    await writeFile(path, IMAGE);
    assert.equal(await get([path]), path);
    assert.deepEqual(await cached(), []);
    await assert.rejects(get([path], sha256('other')), /own\.iso has another checksum: expected sha256/);
  });

  test('iso_target_path: the image is there; another file is not replaced', async (t) => {
    const { get, folder, seen } = await setting(t);
    const targetPath = join(folder, 'iso', 'mine.iso');
    assert.equal(await get(['x.iso'], HEX, { targetPath }), targetPath);
    assert.equal(await get(['x.iso'], HEX, { targetPath }), targetPath);
    assert.deepEqual(await readFile(targetPath), IMAGE);
    assert.equal(seen.length, 1);
    const other = join(folder, 'other.iso');
    await writeFile(other, 'foreign');
    await assert.rejects(get(['x.iso'], HEX, { targetPath: other }), /Another file is at iso_target_path/);
    assert.equal(await readFile(other, 'utf8'), 'foreign');
  });
});

describe('files of checksums', () => {
  const sums = (text: string): Record<string, Handler> => ({
    '/SUMS': (_, response) => void response.end(text),
  });
  test('in both styles', async (t) => {
    for (const text of [`SHA256 (x.iso) = ${HEX}\n`, `${HEX} *x.iso\n`]) {
      const { get, base } = await setting(t, sums(text));
      assert.deepEqual(await readFile(await get(['x.iso'], `file:${base}/SUMS`)), IMAGE);
    }
  });
  test('without the name', async (t) => {
    const { get, base } = await setting(t, sums(`${HEX}  y.iso\n`));
    await assert.rejects(
      get(['x.iso'], `file:${base}/SUMS`),
      /SUMS has no checksum of x\.iso: it has y\.iso/,
    );
  });
  test('not there', async (t) => {
    const { get, base } = await setting(t, { '/SUMS': (_, response) => void response.writeHead(404).end() });
    await assert.rejects(get(['x.iso'], `file:${base}/SUMS`), /cannot be read: it was answered with 404/);
  });
});

describe('faults', () => {
  test('a 404 page is told as such, and not as a bad checksum', async (t) => {
    const { get, cached } = await setting(t, {
      '/x.iso': (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no'),
    });
    await assert.rejects(get(['x.iso']), (error: Error) => {
      assert.match(error.message, /x\.iso was answered with 404 Not Found\.$/);
      return true;
    });
    assert.deepEqual(await cached(), []);
  });

  test('a wrong checksum: expected, actual, size, status and kind', async (t) => {
    const page = '<html>moved</html>';
    const { get, cached } = await setting(t, {
      '/x.iso': (_, response) => void response.setHeader('content-type', 'text/html').end(page),
    });
    await assert.rejects(get(['x.iso']), (error: Error) => {
      assert.ok(error.message.includes(`expected sha256 ${HEX}, but it is ${sha256(page)} (18 bytes`));
      assert.match(error.message, /the server answered 200, text\/html, which is a page of text/);
      return true;
    });
    assert.deepEqual(await cached(), []);
  });

  test('the next place is tried, and when none is left each has its reason', async (t) => {
    const gone: Handler = (_, response) => void response.writeHead(503).end();
    const { get, said } = await setting(t, { '/a.iso': gone, '/b.iso': gone });
    assert.deepEqual(await readFile(await get(['a.iso', 'x.iso'])), IMAGE);
    assert.ok(said.some((text) => /a\.iso was answered with 503.*Trying the next place/.test(text)));
    await assert.rejects(
      get(['a.iso', 'b.iso'], sha256('z')),
      /any of its places\.\n.*a\.iso .*503.*\n.*b\.iso .*503/,
    );
  });

  test('a broken connection is taken up where it broke', async (t) => {
    let first = true;
    const { get, seen } = await setting(t, {
      '/x.iso': (request, response) => {
        const handler = first ? breakAfter(100_000) : serveImage;
        first = false;
        handler(request, response);
      },
    });
    assert.deepEqual(await readFile(await get(['x.iso'])), IMAGE);
    assert.match(seen[1]?.range ?? '', /^bytes=\d+-$/);
    assert.notEqual(seen[1]?.range, 'bytes=0-');
  });

  test('a server that always breaks at the same place ends it', async (t) => {
    const { get } = await setting(t, { '/x.iso': breakAfter(50_000) });
    await assert.rejects(get(['x.iso']), /x\.iso cannot be fetched: the server broke the connection off/);
  });

  test('a server that falls silent', async (t) => {
    const { get } = await setting(t, {
      '/x.iso': (_, response) => void response.writeHead(200, headersOf(10)).write('12345'),
      '/y.iso': () => {},
    });
    await assert.rejects(get(['x.iso'], HEX, { idleTime: 100 }), /x\.iso has sent nothing for 0\.1 s/);
    await assert.rejects(get(['y.iso'], HEX, { idleTime: 100 }), /y\.iso has sent nothing for 0\.1 s/);
  });

  test('nobody listens; https that is none', async (t) => {
    const { get, base } = await setting(t);
    const urls = ['http://127.0.0.1:1/x.iso'];
    await assert.rejects(
      get([], HEX, { urls }),
      /127\.0\.0\.1:1\/x\.iso cannot be fetched: the connection was refused/,
    );
    await assert.rejects(
      get([], HEX, { urls: [`${base.replace('http', 'https')}/x.iso`] }),
      /cannot be fetched/,
    );
  });

  test('passwords of a URL are not shown', async (t) => {
    const { get } = await setting(t);
    const urls = ['http://user:geheim@127.0.0.1:1/x.iso?token=geheim'];
    await assert.rejects(get([], HEX, { urls }), (error: Error) => !error.message.includes('geheim'));
  });

  test('through the proxy of the environment, and its password is not shown', async (t) => {
    const { get, seen, said, base } = await setting(t);
    const proxy = await startWebProxy(t, { target: Number(new URL(base).port), login: 'me:geheim' });
    const before = process.env['HTTP_PROXY'];
    t.after(() => {
      if (before === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = before;
    });
    process.env['HTTP_PROXY'] = `http://me:geheim@${proxy.name}`;
    const urls = ['http://mirror.example/pub/x.iso'];
    assert.deepEqual(await readFile(await get([], HEX, { urls })), IMAGE);
    assert.deepEqual(proxy.asked, ['GET http://mirror.example/pub/x.iso']);
    assert.deepEqual(
      seen.map(({ url }) => url),
      ['/pub/x.iso'],
    );
    assert.ok(
      said.includes(
        `Fetching the ISO image http://mirror.example/pub/x.iso through the proxy ${proxy.name} (HTTP_PROXY)`,
      ),
      said.join('\n'),
    );
    process.env['HTTP_PROXY'] = `http://me:falsch@${proxy.name}`;
    await assert.rejects(get([], sha256('other'), { urls }), (error: Error) => {
      assert.match(error.message, /x\.iso cannot be fetched: the proxy .*407 .*another user and password/);
      assert.doesNotMatch(error.message, /falsch/);
      return true;
    });
  });

  test('no room', async (t) => {
    const { bavail, bsize } = statfsSync('/tmp');
    const { get, cached } = await setting(t, {
      '/x.iso': (_, response) => {
        response.writeHead(200, { 'content-length': String(bavail * bsize * 4) });
        response.write('x');
      },
    });
    await assert.rejects(get(['x.iso']), /The ISO image needs .* in .*, and there is room for/);
    assert.deepEqual(await cached(), []);
  });

  test('parts of two different files: fetched again from the start', async (t) => {
    const { get, cache, seen } = await setting(t);
    const partial = join(cache, 'iso', `sha256-${HEX}.iso.partial`);
    await mkdir(dirname(partial), { recursive: true });
    await writeFile(partial, 'of another file');
    assert.deepEqual(await readFile(await get(['x.iso'])), IMAGE);
    assert.deepEqual(
      seen.map(({ range }) => range),
      ['bytes=15-', undefined],
    );
  });

  test('an abort leaves what has come in the cache, and the next build goes on from there', async (t) => {
    const controller = new AbortController();
    let first = true;
    const { get, cached, seen, statuses } = await setting(t, {
      '/x.iso': (request, response) => {
        if (!first) return serveImage(request, response);
        first = false;
        response.writeHead(200, headersOf(IMAGE.length));
        response.write(IMAGE.subarray(0, 200_000));
      },
    });
    const got = get(['x.iso'], HEX, { signal: controller.signal });
    while (!statuses.some((text) => text.includes('66%'))) await new Promise((done) => setImmediate(done));
    controller.abort(new Error('interrupted'));
    await assert.rejects(got, /interrupted/);
    assert.deepEqual(await cached(), [`sha256-${HEX}.iso.partial`, `sha256-${HEX}.iso.partial.json`]);
    assert.deepEqual(await readFile(await get(['x.iso'])), IMAGE);
    assert.match(seen[1]?.range ?? '', /^bytes=[1-9]\d*-$/);
    assert.deepEqual(await cached(), [`sha256-${HEX}.iso`]);
  });
});

describe('in a build', () => {
  const isoOf = (folder: string, base: string): IsoSource => ({
    urls: [`${base}/x.iso`],
    checksum: { algorithm: 'sha256', hex: HEX },
    cacheDirectory: join(folder, 'cache'),
  });

  test('the machine gets the image as its CD, and the preview tells so', async (t) => {
    const { folder, base, seen } = await setting(t);
    const hypervisor = new FakeHypervisor();
    const plan = makePlan(folder, { config: { iso: isoOf(folder, base) } });
    const path = join(folder, 'cache', 'iso', `sha256-${HEX}.iso`);
    const { steps } = await previewBuild(plan, { hypervisor, force: false });
    const actions = steps.find(({ step }) => step === 'iso image')?.actions;
    assert.deepEqual(actions?.slice(0, 2), [
      { type: 'fetch', url: `${base}/x.iso`, what: 'ISO image' },
      { type: 'path', path, what: 'ISO image in the cache', stays: true },
    ]);
    assert.equal(seen.length, 0);
    const { result } = await run(plan, hypervisor);
    assert.equal(result.outcome, 'success');
    assert.equal(hypervisor.specs[0]?.cdrom, path);
  });

  test('without the image no disk is created', async (t) => {
    const { folder, base } = await setting(t, {
      '/x.iso': (_, response) => void response.writeHead(404).end(),
    });
    const hypervisor = new FakeHypervisor();
    const { result } = await run(makePlan(folder, { config: { iso: isoOf(folder, base) } }), hypervisor);
    assert.equal(result.failure?.step, 'iso image');
    assert.match(result.failure?.message ?? '', /404/);
    assert.equal(result.failure?.origin?.file, 'test.pkr.hcl');
    assert.ok(!hypervisor.calls.includes('createDisk'));
    assert.ok(!existsSync(join(folder, 'out')));
  });
});
