// Compiles schema/*.schema.json to src/schema/generated/: `validators.js`, functions that need no Ajv at run time, and
// `blocks.ts`, the schemas themselves as the source of defaults, descriptions and types. Run by `npm run schemas`.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'src/schema/generated');

interface SchemaFile {
  readonly properties: Record<string, unknown>;
  readonly [keyword: string]: unknown;
}

/** Leaves of a schema only what Ajv judges: the validators need no texts. */
function withoutTexts(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutTexts);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key, value]) => !isText(key, value));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutTexts(value)]));
}

function isText(keyword: string, value: unknown): boolean {
  if (keyword.startsWith('x-') || keyword === 'default' || keyword === 'examples') return true;
  // An attribute may be called "title" or so too; its schema is an object then.
  return ['title', 'description', 'deprecated'].includes(keyword) && typeof value !== 'object';
}

function readSchemas(): Map<string, SchemaFile> {
  const schemas = new Map<string, SchemaFile>();
  for (const file of readdirSync(join(root, 'schema')).sort()) {
    if (!file.endsWith('.schema.json')) continue;
    const schema = JSON.parse(readFileSync(join(root, 'schema', file), 'utf8')) as SchemaFile;
    schemas.set(file.slice(0, -'.schema.json'.length), schema);
  }
  const vmm = schemas.get('vmm');
  const ssh = schemas.get('ssh');
  if (!vmm || !ssh) throw new Error('schema/ needs vmm.schema.json and ssh.schema.json.');
  // The ssh_ options are written in the source block, so both are judged as one.
  schemas.set('source-vmm', {
    ...vmm,
    $id: 'source-vmm.schema.json',
    properties: { ...vmm.properties, ...ssh.properties },
  });
  const shellLocal = schemas.get('provisioner-shell-local');
  if (!shellLocal) throw new Error('schema/ needs provisioner-shell-local.schema.json.');
  // The same scripts in the same way, after the build.
  schemas.set('post-processor-shell-local', {
    ...shellLocal,
    $id: 'post-processor-shell-local.schema.json',
    title: 'post-processor "shell-local"',
    description: 'Runs scripts on the host that builds when the image is complete.',
  });
  return schemas;
}

function functionName(block: string): string {
  return block.replaceAll('-', '_');
}

const schemas = readSchemas();
const ajv = new Ajv2020({
  allErrors: true,
  messages: false,
  strict: true,
  // `required` inside `oneOf` names properties of the enclosing schema.
  strictRequired: false,
  unicodeRegExp: true,
  code: { source: true, esm: true, lines: false },
});
for (const [name, schema] of schemas) ajv.addSchema(withoutTexts(schema) as object, name);
// A CommonJS module: which of the two shapes Node gives depends on who loads it.
const generate = 'default' in standalone ? (standalone.default as unknown as typeof standalone) : standalone;
const code = (generate as unknown as (ajv: unknown, refs: Record<string, string>) => string)(
  ajv,
  Object.fromEntries([...schemas.keys()].map((name) => [functionName(name), name])),
);
if (code.includes('require(')) {
  throw new Error('The validators would need Ajv at run time: a schema uses a keyword that does.');
}

mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'validators.js'), code);
writeFileSync(
  join(target, 'validators.d.ts'),
  `import type { Validator } from '../block-schema.ts';\n` +
    [...schemas.keys()].map((name) => `export const ${functionName(name)}: Validator;\n`).join(''),
);
writeFileSync(
  join(target, 'blocks.ts'),
  `import type { BlockSchema, Validator } from '../block-schema.ts';\nimport * as validators from './validators.js';\n\n` +
    `export const blocks: ReadonlyMap<string, { readonly schema: BlockSchema; readonly validate: Validator }> = new Map([\n` +
    [...schemas]
      .map(
        ([name, schema]) =>
          `[${JSON.stringify(name)}, { schema: ${JSON.stringify(schema)} as unknown as BlockSchema, validate: validators.${functionName(name)} }],\n`,
      )
      .join('') +
    `]);\n`,
);
