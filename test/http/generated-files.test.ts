import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { checkFiles } from '../../src/http/check-files.ts';
import { generateFiles } from '../../src/http/generated-files.ts';

const data = { VMName: 'web1', HTTPIP: '100.64.2.2', HTTPPort: '8123' };

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('files at any depth are rendered into a private folder, the source stays as it is', async (t) => {
  const source = await folder(t);
  await mkdir(join(source, 'sub', 'deeper'), { recursive: true });
  await writeFile(
    join(source, 'web1-install.conf.pkr.in'),
    'System hostname = {{ .VMName }}\nURL = http://{{.HTTPIP}}:{{ .HTTPPort }}/x\n<&>"é\n',
  );
  await writeFile(join(source, 'sub', 'deeper', 'web1.pkr.in'), '{{ .VMName | upper }}');
  await writeFile(join(source, 'web1-install.conf'), 'the old one');
  await writeFile(join(source, 'other-install.conf.pkr.in'), 'no');
  await writeFile(join(source, 'web1-install.pkr.inn'), 'no');
  await symlink('web1-install.conf.pkr.in', join(source, 'web1-link.pkr.in'));
  const before = await readdir(source, { recursive: true });
  const notes: string[] = [];
  const options = {
    source,
    pattern: 'web1',
    extension: 'pkr.in',
    data,
    onNote: (text: string) => notes.push(text),
  };
  const generated = await generateFiles(options);
  assert.deepEqual(generated.names, ['sub/deeper/web1', 'web1-install.conf', 'web1-link']);
  assert.equal(
    await readFile(join(generated.folder, 'web1-install.conf'), 'utf8'),
    'System hostname = web1\nURL = http://100.64.2.2:8123/x\n<&>"é\n',
  );
  assert.equal(await readFile(join(generated.folder, 'sub/deeper/web1'), 'utf8'), 'WEB1');
  assert.equal((await stat(generated.folder)).mode & 0o777, 0o700);
  assert.equal((await stat(join(generated.folder, 'web1-install.conf'))).mode & 0o777, 0o600);
  assert.deepEqual(notes, [
    `web1-install.conf is generated from web1-install.conf.pkr.in; the file ${source}/web1-install.conf is not served.`,
  ]);
  assert.deepEqual(await readdir(source, { recursive: true }), before);
  const second = await generateFiles({ ...options, data: { ...data, HTTPPort: '8124' } });
  assert.notEqual(second.folder, generated.folder);
  await generated.remove();
  await generated.remove();
  assert.ok(!existsSync(generated.folder));
  assert.match(await readFile(join(second.folder, 'web1-install.conf'), 'utf8'), /:8124/);
  await second.remove();
});

test('patterns and what may go wrong', async (t) => {
  const source = await folder(t);
  await writeFile(join(source, 'a{1}.in'), '1');
  await writeFile(join(source, 'b-x.in'), '2');
  const generate = (pattern: string) =>
    generateFiles({ source, pattern, extension: 'in', data, onNote: () => {} });
  const names = async (pattern: string) => {
    const generated = await generate(pattern);
    await generated.remove();
    return generated.names;
  };
  assert.deepEqual(await names(''), ['a{1}', 'b-x']);
  assert.deepEqual(await names('[ab]'), ['a{1}', 'b-x']);
  assert.deepEqual(await names('a{1}'), ['a{1}']);
  assert.deepEqual(await names('*x'), ['b-x']);
  assert.deepEqual(await names('zzz'), []);

  const temporary = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('vmm-hcl-http-'));
  const before = await temporary();
  await writeFile(join(source, 'c.in'), 'line\n  {{ .VMName');
  await assert.rejects(generate(''), { name: 'GenerateError', message: /c\.in:2:3: / });
  await rm(join(source, 'c.in'));
  await symlink('nowhere', join(source, 'd.in'));
  await assert.rejects(generate(''), /cannot be read: ENOENT/);
  assert.deepEqual(await temporary(), before);
  await chmod(source, 0o700);
  await assert.rejects(
    generateFiles({ source: join(source, 'none'), pattern: '', extension: 'in', data, onNote: () => {} }),
    /http_directory cannot be searched/,
  );
});

test('names without a value are told with their places and the nearest name', async (t) => {
  const source = await folder(t);
  const path = join(source, 'web1.pkr.in');
  const text =
    'name {{ .VmName }}\n  {{ with .HTTPIP }}{{ .  }}{{ $.HTTPport }}{{ end }}{{ if .Serial }}{{ end }}\n';
  await writeFile(path, text);
  const notes: string[] = [];
  const options = { source, pattern: 'web1', extension: 'pkr.in' };
  const generated = await generateFiles({ ...options, data, onNote: (note) => notes.push(note) });
  await generated.remove();
  assert.deepEqual(notes, [
    `${path}:1:9: {{ .VmName }} has no value here and becomes "<no value>". Did you mean {{ .VMName }}?`,
    `${path}:2:33: {{ .HTTPport }} has no value here and becomes "<no value>". Did you mean {{ .HTTPPort }}?`,
    `${path}:2:60: {{ .Serial }} has no value here and becomes "<no value>". The names are {{ .VMName }}, {{ .HTTPIP }}, {{ .HTTPPort }}, {{ .SSHPublicKey }}.`,
  ]);
  await writeFile(join(source, 'web1-b.pkr.in'), 'a\n{{ nosuch }} {{ .Typo }}');
  await writeFile(join(source, 'web1-c.pkr.in'), '{{ .VMName }}');
  const found = await checkFiles(options);
  assert.deepEqual(
    found.map((file) => [file.path, file.mistakes.map((one) => [one.severity, one.offset, one.length])]),
    [
      [join(source, 'web1-b.pkr.in'), [['error', 5, 6]]],
      [
        path,
        [
          ['warning', 8, 7],
          ['warning', text.indexOf('.HTTPport'), 9],
          ['warning', text.indexOf('.Serial'), 7],
        ],
      ],
    ],
  );
});
