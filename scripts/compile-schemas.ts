// Compiles schema/*.schema.json to src/schema/generated/: `validators.js`, functions that need no Ajv at run time, and
// `blocks.ts`, the schemas themselves as the source of defaults, descriptions and types. Run by `npm run schemas`.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { extended, joined } from '../src/schema/block.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'src/schema/generated');

// The ssh_ options are written in the source block, so both are judged as one.
const judgedInParts = new Set(['vmm', 'ssh']);
/** The same scripts in the same way, after the build. */
const POST_PROCESSOR_SHELL_LOCAL = {
  $id: 'post-processor-shell-local.schema.json',
  title: 'post-processor "shell-local"',
  description: 'Runs scripts on the host that builds when the image is complete.',
};
/** Blocks whose schemas are made of others, here and at run time, in TypeScript that has all of `blocks`. */
const derived = new Map([
  ['source-vmm', `() => joined('source-vmm', schemaOf('vmm'), schemaOf('ssh'))`],
  [
    'post-processor-shell-local',
    `() => extended(schemaOf('provisioner-shell-local'), ${JSON.stringify(POST_PROCESSOR_SHELL_LOCAL)})`,
  ],
]);

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
  schemas.set('source-vmm', joined('source-vmm', vmm, ssh));
  const shellLocal = schemas.get('provisioner-shell-local');
  if (!shellLocal) throw new Error('schema/ needs provisioner-shell-local.schema.json.');
  schemas.set('post-processor-shell-local', extended(shellLocal, POST_PROCESSOR_SHELL_LOCAL));
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
  code: { source: true, esm: false, lines: false },
});
for (const [name, schema] of schemas) ajv.addSchema(withoutTexts(schema) as object, name);
// A CommonJS module: which of the two shapes Node gives depends on who loads it.
const generate = 'default' in standalone ? (standalone.default as unknown as typeof standalone) : standalone;

/** A function that makes the validator of one block. Most runs need few of them, and each brings patterns and tables of its own. */
function validatorModule(name: string): string {
  const validate = ajv.getSchema(name);
  if (validate === undefined) throw new Error(`Ajv has lost the schema "${name}".`);
  const code = (generate as unknown as (ajv: unknown, validate: unknown) => string)(ajv, validate);
  if (code.includes('require(')) {
    throw new Error(
      `The validator "${name}" would need Ajv at run time: its schema uses a keyword that does.`,
    );
  }
  return `export function ${functionName(name)}() {const module = {};${code};return module.exports;}\n`;
}

/** The schema as a text to be read when it is needed: much faster to load than the same as code. */
function block([name, schema]: [string, SchemaFile]): string {
  const validator = judgedInParts.has(name) ? '' : `, validators.${functionName(name)}`;
  const made = derived.get(name) ?? `parsed(${JSON.stringify(JSON.stringify(schema))})`;
  return `[${JSON.stringify(name)}, new Block(${made}${validator})],\n`;
}

const names = [...schemas.keys()].filter((name) => !judgedInParts.has(name));
mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'validators.js'), names.map(validatorModule).join(''));
writeFileSync(
  join(target, 'validators.d.ts'),
  `import type { Validator } from '../block-schema.ts';\n` +
    names.map((name) => `export function ${functionName(name)}(): Validator;\n`).join(''),
);
writeFileSync(
  join(target, 'blocks.ts'),
  `import { Block, extended, joined, parsed } from '../block.ts';\nimport type { BlockSchema } from '../block-schema.ts';\nimport * as validators from './validators.js';\n\n` +
    `export const blocks: ReadonlyMap<string, Block> = new Map([\n${[...schemas].map(block).join('')}]);\n\n` +
    `function schemaOf(name: string): BlockSchema {\n  return blocks.get(name)!.schema;\n}\n`,
);
