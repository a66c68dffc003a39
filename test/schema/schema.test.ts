import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { documentedSchema } from '../../src/schema/documents.ts';
import { blockNames, blockSchema, validateBlock } from '../../src/schema/index.ts';
import type { PropertySchema } from '../../src/schema/index.ts';

test('every file of schema/ is a block, and the source block is vmm and ssh together', () => {
  const files = readdirSync('schema')
    .filter((file) => file.endsWith('.schema.json'))
    .map((file) => file.replace('.schema.json', ''));
  assert.deepEqual([...blockNames()].sort(), [...files, 'source-vmm', 'post-processor-shell-local'].sort());
  const names = (block: string) => Object.keys(blockSchema(block)?.properties ?? {});
  assert.deepEqual(names('source-vmm'), [...names('vmm'), ...names('ssh')]);
});

test('the documents are the files of schema/', () => {
  for (const file of readdirSync('schema').filter((name) => name.endsWith('.schema.json'))) {
    const document = documentedSchema(file.replace('.schema.json', ''));
    assert.equal(
      JSON.stringify(document),
      JSON.stringify(JSON.parse(readFileSync(`schema/${file}`, 'utf8'))),
      file,
    );
  }
});

test('the variable table has the documented names and defaults', () => {
  const schema = blockSchema('vmm');
  assert.ok(schema);
  assert.deepEqual(schema.required, ['vm_name', 'vm_template']);
  const table = (name: string) => [schema.properties[name]?.type, schema.properties[name]?.default];
  for (const name of [
    'boot_device',
    'boot',
    'cdrom',
    'disk_base',
    'disk_size',
    'memory',
    'gen_files_pattern',
  ]) {
    assert.deepEqual(table(name), ['string', undefined], name);
  }
  assert.deepEqual(table('disk_format'), ['string', 'raw']);
  assert.deepEqual(table('log_directory'), ['string', '.']);
  assert.deepEqual(table('output_directory'), ['string', '.']);
  assert.deepEqual(table('gen_files_extension'), ['string', 'pkr.in']);
  assert.deepEqual(table('boot_wait'), ['string', '10s']);
  assert.deepEqual(table('http_port_min'), ['integer', 8000]);
  assert.deepEqual(table('http_port_max'), ['integer', 9000]);
  assert.deepEqual(table('communicator'), ['string', 'ssh']);
  assert.deepEqual(table('shutdown_timeout'), ['string', '5m']);
});

test('every attribute has a title, a description, and examples and a default that fit', () => {
  for (const block of blockNames()) {
    const schema = documentedSchema(block);
    assert.ok(schema);
    // The arguments of the communicator are written in the source.
    const judged = block === 'vmm' || block === 'ssh' ? 'source-vmm' : block;
    for (const [name, property] of Object.entries(schema.properties)) {
      const where = `${block}.${name}`;
      assert.match(property.title, /^\S.*[^.]$/, where);
      assert.match(property.description, /\.$/, where);
      if (property['x-unsupported'] !== undefined) continue;
      if (!property.deprecated) assert.ok(property.examples?.length, `${where} has no example`);
      const samples = [
        ...(property.examples ?? []),
        ...(property.default === undefined ? [] : [property.default]),
      ];
      for (const sample of samples) {
        const errors = validateBlock(judged, { [name]: sample }).filter((error) => error.path[0] === name);
        assert.deepEqual(errors, [], `${where}: ${JSON.stringify(sample)}`);
      }
    }
  }
});

test('a name that replaces another exists', () => {
  const replaced: [string, PropertySchema][] = blockNames().flatMap((block) =>
    Object.values(blockSchema(block)?.properties ?? {}).flatMap((property): [string, PropertySchema][] =>
      property['x-replaced-by'] === undefined ? [] : [[block, property]],
    ),
  );
  assert.ok(replaced.length > 0);
  for (const [block, property] of replaced) {
    assert.ok(blockSchema(block)?.properties[property['x-replaced-by'] ?? ''], property.title);
  }
});

const rejected: [block: string, data: object, keyword: string, path: string][] = [
  ['source-vmm', { vm_template: 't', disk_size: '1G' }, 'required', ''],
  ['source-vmm', { vm_name: 'a', vm_template: 't' }, 'oneOf', ''],
  ['source-vmm', { vm_name: 'a', vm_template: 't', disk_size: '1G', disk_base: 'b' }, 'oneOf', ''],
  ['source-vmm', { vm_name: 'a', vm_template: 't', disk_size: '1G', nope: 1 }, 'additionalProperties', ''],
  [
    'source-vmm',
    { vm_name: 'a', vm_template: 't', disk_size: '1G', disk_format: 'vmdk' },
    'enum',
    'disk_format',
  ],
  ['source-vmm', { vm_name: 'a', vm_template: 't', disk_size: '20 GB' }, 'pattern', 'disk_size'],
  ['source-vmm', { vm_name: 'a', vm_template: 't', disk_size: '1G', ssh_port: 70000 }, 'maximum', 'ssh_port'],
  [
    'source-vmm',
    { vm_name: 'a', vm_template: 't', disk_size: '1G', ssh_certificate_file: 'b' },
    'not',
    'ssh_certificate_file',
  ],
  [
    'source-vmm',
    { vm_name: 'a', vm_template: 't', disk_size: '1G', http_content: { a: 'b' } },
    'pattern',
    'http_content.a',
  ],
  ['provisioner-shell', {}, 'oneOf', ''],
  ['provisioner-shell', { inline: ['a'], script: 'b' }, 'oneOf', ''],
  ['provisioner-shell', { inline: ['a'], environment_vars: ['A=1', 'B'] }, 'pattern', 'environment_vars.1'],
  ['provisioner-shell-local', { inline: ['a'], only_on: ['plan9'] }, 'enum', 'only_on.0'],
  ['provisioner-shell-local', { inline: ['a'], use_linux_pathing: true }, 'not', 'use_linux_pathing'],
  ['provisioner-file', { source: 'a' }, 'required', ''],
  ['post-processor-checksum', { checksum_types: ['crc32'] }, 'enum', 'checksum_types.0'],
  ['post-processor-manifest', { output: 1 }, 'type', 'output'],
];

for (const [block, data, keyword, path] of rejected) {
  test(`${block} refuses ${JSON.stringify(data)} once`, () => {
    const errors = validateBlock(block, data);
    assert.deepEqual(
      errors.map((error) => [error.keyword, error.path.join('.')]),
      [[keyword, path]],
    );
  });
}
