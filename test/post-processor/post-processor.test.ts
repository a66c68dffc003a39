import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Artifact } from '../../src/plan/artifact.ts';
import type { JsonObject } from '../../src/plan/json.ts';
import { findPostProcessor, postProcessorTypes } from '../../src/post-processor/registry.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

function artifact(...files: string[]): Artifact {
  return { builderId: 'openbsd.vmm', id: 'web1', files, description: '', destroy: () => Promise.resolve() };
}

const SHOWN = {
  ID: 'web1',
  Host: '',
  Port: 22,
  User: '',
  Password: '',
  ConnType: 'ssh',
  PackerRunUUID: 'run-1',
  PackerHTTPIP: '',
  PackerHTTPPort: '',
  PackerHTTPAddr: '',
  SSHPublicKey: '',
  SSHPrivateKey: '',
};

async function process(
  type: string,
  input: Artifact,
  config: JsonObject,
  change: {
    readonly force?: boolean;
    readonly run?: string;
    readonly signal?: AbortSignal;
    readonly said?: string[];
  } = {},
): Promise<Artifact> {
  const postProcessor = await findPostProcessor(type);
  assert.ok(postProcessor);
  return postProcessor.run(input, config, {
    ui: {
      say: (text) => change.said?.push(text),
      error: (text) => change.said?.push(text),
      output: (_stream, line) => change.said?.push(line),
    },
    signal: change.signal ?? new AbortController().signal,
    data: { ...SHOWN, PackerRunUUID: change.run ?? 'run-1' },
    sourceName: 'web',
    sourceType: 'vmm',
    buildName: 'vmm.web',
    givenPath: (path: string) => path,
    force: change.force ?? false,
  });
}

test('what becomes of the input', async () => {
  const fates: Record<string, string> = {};
  for (const type of postProcessorTypes) fates[type] = (await findPostProcessor(type))?.keepInput ?? '';
  assert.deepEqual(fates, {
    manifest: 'always',
    checksum: 'always',
    compress: 'discard',
    artifice: 'keep',
    'shell-local': 'always',
  });
  assert.equal(await findPostProcessor('toString'), undefined);
});

test("manifest: Packer's structure, to the byte", async (t) => {
  const dir = await folder(t);
  const image = join(dir, 'web1.qcow2');
  const output = join(dir, 'manifest.json');
  await writeFile(image, '12345');
  const input = artifact(image);
  const custom_data = { b: '<&>', a: 'x' };
  assert.equal(
    await process('manifest', input, { output, strip_path: true, strip_time: true, custom_data }),
    input,
  );
  assert.equal(
    await readFile(output, 'utf8'),
    `{
  "builds": [
    {
      "name": "web",
      "builder_type": "vmm",
      "files": [
        {
          "name": "web1.qcow2",
          "size": 5
        }
      ],
      "artifact_id": "web1",
      "packer_run_uuid": "run-1",
      "custom_data": {
        "a": "x",
        "b": "\\u003c\\u0026\\u003e"
      }
    }
  ],
  "last_run_uuid": "run-1"
}`,
  );
  const before = Math.floor(Date.now() / 1000);
  await process('manifest', artifact(), { output }, { run: 'run-2' });
  const file = JSON.parse(await readFile(output, 'utf8')) as {
    builds: Record<string, unknown>[];
    last_run_uuid: string;
  };
  assert.equal(file.last_run_uuid, 'run-2');
  const [, second] = file.builds;
  assert.deepEqual(
    { ...second, build_time: 0 },
    {
      name: 'web',
      builder_type: 'vmm',
      build_time: 0,
      files: null,
      artifact_id: 'web1',
      packer_run_uuid: 'run-2',
      custom_data: null,
    },
  );
  assert.ok(Number(second?.['build_time']) >= before);
  await process('manifest', input, { output, strip_path: false, strip_time: true }, { run: 'run-2' });
  assert.ok((await readFile(output, 'utf8')).includes(JSON.stringify(image)));
  assert.deepEqual((await readdir(dir)).sort(), ['manifest.json', 'web1.qcow2']);
});

test('manifest: builds of one run add up, also at the same time; -force begins a new list once', async (t) => {
  const dir = await folder(t);
  const output = join(dir, 'manifest.json');
  const builds = async () =>
    (JSON.parse(await readFile(output, 'utf8')) as { builds: { packer_run_uuid: string }[] }).builds.map(
      (build) => build.packer_run_uuid,
    );
  await Promise.all(Array.from({ length: 8 }, () => process('manifest', artifact(), { output })));
  assert.equal((await builds()).length, 8);
  await process('manifest', artifact(), { output }, { run: 'run-2' });
  assert.equal((await builds()).length, 9);
  await process('manifest', artifact(), { output }, { run: 'run-3', force: true });
  await process('manifest', artifact(), { output }, { run: 'run-3', force: true });
  assert.deepEqual(await builds(), ['run-3', 'run-3']);
});

test('manifest: an empty name means the usual one', async () => {
  const { describe } = (await findPostProcessor('manifest'))!;
  for (const config of [{}, { output: '' }] as JsonObject[]) {
    const [action] = await describe!(config, { sourceName: 'web', sourceType: 'vmm', data: SHOWN });
    assert.deepEqual(action, {
      type: 'path',
      path: resolve('packer-manifest.json'),
      what: 'list of what was built',
      stays: true,
    });
  }
});

test('manifest: a file that is no manifest is left alone', async (t) => {
  const dir = await folder(t);
  const output = join(dir, 'manifest.json');
  for (const text of ['not json', '[]', '{"builds": 3}', 'null']) {
    await writeFile(output, text);
    await assert.rejects(process('manifest', artifact(), { output }), /exists and is no manifest/, text);
    assert.equal(await readFile(output, 'utf8'), text);
  }
  await writeFile(output, '');
  await process('manifest', artifact(), { output });
  await assert.rejects(process('manifest', artifact(join(dir, 'gone')), { output }), /ENOENT/);
  assert.deepEqual(await readdir(dir), ['manifest.json']);
});

test('checksum: every kind, one line per file, appended', async (t) => {
  const dir = await folder(t);
  const files = [join(dir, 'a.qcow2'), join(dir, 'b.log')];
  await writeFile(files[0] ?? '', 'a'.repeat(3_000_000));
  await writeFile(files[1] ?? '', '');
  const types = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
  const output = join(dir, 'sums', '{{ .BuildName }}_{{.BuilderType}}.{{ .ChecksumType }}');
  const result = await process('checksum', artifact(...files), { checksum_types: types, output });
  const hex = (type: string, text: string) => createHash(type).update(text).digest('hex');
  for (const type of types) {
    assert.equal(
      await readFile(join(dir, 'sums', `web_vmm.${type}`), 'utf8'),
      `${hex(type, 'a'.repeat(3_000_000))}\ta.qcow2\n${hex(type, '')}\tb.log\n`,
    );
  }
  assert.deepEqual(result.files, [...files, ...types.map((type) => join(dir, 'sums', `web_vmm.${type}`))]);
  await process('checksum', artifact(...files), { checksum_types: ['md5'], output });
  const lines = (await readFile(join(dir, 'sums', 'web_vmm.md5'), 'utf8')).split('\n');
  assert.equal(lines.length, 5);
  await result.destroy();
  assert.deepEqual(await readdir(join(dir, 'sums')), []);
  assert.ok(existsSync(files[0] ?? ''), 'the inputs belong to somebody else');
});

test('checksum: a failure leaves no list, and an abort ends the reading', async (t) => {
  const dir = await folder(t);
  const output = join(dir, 'sum');
  await writeFile(join(dir, 'a'), 'a');
  await assert.rejects(
    process('checksum', artifact(join(dir, 'a'), join(dir, 'none')), { output }),
    /ENOENT/,
  );
  const signal = AbortSignal.abort(new Error('interrupted'));
  await assert.rejects(process('checksum', artifact(join(dir, 'a')), { output }, { signal }));
  assert.deepEqual(await readdir(dir), ['a']);
});

test('shell-local: runs scripts with their environment and hands the input on', async (t) => {
  const dir = await folder(t);
  const script = join(dir, 'own.sh');
  await writeFile(script, '#!/bin/sh\necho "script $A $PACKER_RUN_UUID"\n', { mode: 0o755 });
  const input = artifact(join(dir, 'a'));
  const said: string[] = [];
  const inline = ['echo "inline $A $PACKER_BUILD_NAME $PACKER_BUILDER_TYPE"'];
  assert.equal(await process('shell-local', input, { inline, env: { A: 'x y' } }, { said }), input);
  assert.equal(await process('shell-local', input, { script, environment_vars: ['A=z'] }, { said }), input);
  assert.deepEqual(said, [
    'Running an inline script on this machine',
    'inline x y web vmm',
    `Running the script ${script} on this machine`,
    'script z run-1',
  ]);
  await assert.rejects(
    process('shell-local', input, { inline: ['exit 3'] }),
    /inline script .* exit status 3/,
  );
  await process('shell-local', input, { inline: ['exit 3'], valid_exit_codes: [3] });
});

test('shell-local: an execute_command of one element is a line for the shell', async (t) => {
  const dir = await folder(t);
  const script = join(dir, 'own.sh');
  await writeFile(script, 'echo "ran with $0 and $A"\n');
  const said: string[] = [];
  const execute_command = ['{{.Vars}} sh "{{.Script}}" && echo done'];
  await process('shell-local', artifact(), { script, execute_command, env: { A: '1' } }, { said });
  assert.deepEqual(said.slice(1), [`ran with ${script} and 1`, 'done']);
  const shown = await (
    await findPostProcessor('shell-local')
  )?.describe?.({ script, execute_command }, { sourceName: 'web', sourceType: 'vmm', data: SHOWN });
  const command = shown?.find((action) => action.type === 'command');
  assert.ok(command?.type === 'command');
  assert.deepEqual(command.command.slice(0, 2), ['sh', '-c']);
  assert.match(command.command[2] ?? '', /PACKER_BUILD_NAME='web' .* sh ".*own\.sh" && echo done/);
});

test('compress: every format holds what went in, under its own names', async (t) => {
  const dir = await folder(t);
  const files = [join(dir, 'disk.raw'), join(dir, 'empty'), join(dir, 'small.log')];
  const contents = [randomBytes(3_000_000), Buffer.alloc(0), Buffer.from('x'.repeat(10_000))];
  await Promise.all(files.map((file, index) => writeFile(file, contents[index] ?? '')));
  const one: Record<string, string> = {
    'a.gz': 'gzip -dc',
    'a.raw.xz': 'xz -dc',
    'a.zst': 'zstd -dc',
    'b.zstd': 'zstd -dc',
    'a.bz2': 'bzip2 -dc',
    'a.lz4': 'lz4 -dc',
  };
  for (const [name, command] of Object.entries(one)) {
    const output = join(dir, 'out', name);
    const result = await process('compress', artifact(files[0] ?? ''), { output, compression_level: 1 });
    assert.deepEqual(result.files, [output]);
    const text = execFileSync('sh', ['-c', `${command} < '${output}'`], { maxBuffer: 1e7 });
    assert.ok(text.equals(contents[0] ?? text), name);
    await assert.rejects(
      process('compress', artifact(...files), { output }),
      /holds one file, and there are 3/,
    );
  }
  for (const name of ['a.tar', 'a.tar.gz', 'a.tar.xz', 'a.tar.zst', 'no-extension', 'a.v1.2']) {
    const output = join(dir, 'out', name);
    await process('compress', artifact(...files), { output });
    const target = join(dir, `x-${name}`);
    await mkdir(target);
    execFileSync('tar', ['-xf', output, '-C', target]);
    for (const [index, file] of files.entries()) {
      const found = await readFile(join(target, basename(file)));
      assert.ok(found.equals(contents[index] ?? found), `${name}: ${file}`);
    }
  }
  assert.equal((await readFile(join(dir, 'out', 'no-extension'))).readUInt16BE(), 0x1f8b, 'gzip');
  await process('compress', artifact(files[0] ?? ''), {
    output: join(dir, 'out', 'named.img'),
    format: 'xz',
  });
  assert.equal((await readFile(join(dir, 'out', 'named.img'))).readUInt16BE(), 0xfd37, 'format wins');
  assert.deepEqual(
    (await readdir(join(dir, 'out'))).filter((name) => name.startsWith('.')),
    [],
  );
});

test('compress: zip names the files by their paths', async (t) => {
  const dir = await folder(t);
  const file = join(dir, 'disk.raw');
  const content = Buffer.alloc(200_000, 'abc');
  await writeFile(file, content);
  await writeFile(join(dir, 'empty'), '');
  const output = join(dir, '{{ .BuildName }}.zip');
  const result = await process('compress', artifact(file, join(dir, 'empty')), {
    output,
    compression_level: 9,
  });
  assert.deepEqual(result.files, [join(dir, 'web.zip')]);
  const python =
    'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n' +
    'for i in z.infolist(): print(i.filename, i.file_size, i.compress_type)';
  const listed = execFileSync('python3', ['-c', python, join(dir, 'web.zip')], { encoding: 'utf8' });
  assert.equal(listed, `${file.slice(1)} ${content.length} 8\n${dir.slice(1)}/empty 0 8\n`);
});

test('compress: a failure or an abort leaves nothing new and nothing lost', async (t) => {
  const dir = await folder(t);
  const file = join(dir, 'disk.raw');
  await writeFile(file, 'image');
  await writeFile(join(dir, 'old.xz'), 'old');
  const output = join(dir, 'old.xz');
  const untouched = async (why: string) => {
    assert.deepEqual((await readdir(dir)).sort(), ['disk.raw', 'old.xz'], why);
    assert.equal(await readFile(file, 'utf8'), 'image', why);
    assert.equal(await readFile(output, 'utf8'), 'old', why);
  };
  await assert.rejects(process('compress', artifact(file), { output: file }), /over the file that it reads/);
  await untouched('input as output');
  for (const name of ['old.xz', 'new.gz', 'new.tar', 'new.zip']) {
    const input = artifact(...(name === 'new.tar' || name === 'new.zip' ? [file] : []), join(dir, 'gone'));
    await assert.rejects(process('compress', input, { output: join(dir, name) }), /cannot be read: ENOENT/);
    await untouched(name);
  }
  await assert.rejects(
    process('compress', artifact(), { output: join(dir, 'x.bgzf') }),
    /does not write bgzf/,
  );
  for (const name of ['old.xz', 'new.gz', 'new.tar.zst', 'new.zip']) {
    const stop = new AbortController();
    const big = await open(file, 'r+');
    await big.truncate(110_000_000);
    await big.close();
    // The first quarter has been told: it is in the middle of it.
    const said = Object.assign([], {
      push: (text: string) => (text.startsWith('25 %') ? stop.abort() : undefined, 0),
    });
    const signal = stop.signal;
    await assert.rejects(
      process('compress', artifact(file), { output: join(dir, name) }, { signal, said }),
      name,
    );
    assert.ok(signal.aborted, name);
    await truncate(file, 5);
    await untouched(name);
  }
});

test('compress: a program that is missing or fails is told', async (t) => {
  const dir = await folder(t);
  const file = join(dir, 'disk.raw');
  await writeFile(file, 'x'.repeat(5_000_000));
  const path = env['PATH'];
  t.after(() => (env['PATH'] = path));
  env['PATH'] = join(dir, 'bin');
  const compress = () => process('compress', artifact(file), { output: join(dir, 'a.xz') });
  await assert.rejects(compress(), /needs the program xz, which is not on the PATH/);
  await mkdir(join(dir, 'bin'));
  await writeFile(join(dir, 'bin', 'xz'), '#!/bin/sh\necho "no memory" >&2\nexit 7\n', { mode: 0o755 });
  await assert.rejects(compress(), /exit status 7: no memory/);
  assert.deepEqual((await readdir(dir)).sort(), ['bin', 'disk.raw']);
});

test('artifice: files that match take the place of the input', async (t) => {
  const dir = await folder(t);
  for (const name of ['a1.img', 'a2.img', '.hidden.img', 'b.txt']) await writeFile(join(dir, name), '');
  await mkdir(join(dir, 'sub', 'deep'), { recursive: true });
  await writeFile(join(dir, 'sub', 'c.img'), '');
  const said: string[] = [];
  const files = [join(dir, 'a[0-9].img'), join(dir, '*', '?.img'), join(dir, 'a1.img'), join(dir, 'none*')];
  const result = await process('artifice', artifact(join(dir, 'b.txt')), { files }, { said });
  assert.deepEqual(result.files, [join(dir, 'a1.img'), join(dir, 'a2.img'), join(dir, 'sub', 'c.img')]);
  assert.match(said.join('\n'), /there is no file .*none\*/);
  await assert.rejects(
    process('artifice', artifact(), { files: [join(dir, 'none')] }),
    /found none of its files/,
  );
  const hidden = await process('artifice', artifact(), { files: [join(dir, '*.img')] });
  assert.deepEqual(hidden.files.length, 3);
  await result.destroy();
  assert.deepEqual((await readdir(dir)).sort(), ['.hidden.img', 'b.txt', 'sub']);
});
