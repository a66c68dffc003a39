// Compiles schema/*.schema.json to src/schema/generated/: `validators.js`, functions that need no Ajv at run time, `blocks.ts`,
// the schemas themselves as the source of defaults, types and messages, and `documents.ts`, the same with the descriptions, which
// are two fifths of them and which nobody needs who validates. Run by `npm run schemas`.
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
/** Blocks whose schemas are made of others, here and at run time, in TypeScript that has `schemaOf`. The texts of their own: */
const derived = new Map<string, (texts: object) => string>([
  ['source-vmm', () => `() => joined('source-vmm', schemaOf('vmm'), schemaOf('ssh'))`],
  [
    'post-processor-shell-local',
    (texts) => `() => extended(schemaOf('provisioner-shell-local'), ${JSON.stringify(texts)})`,
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
// A CommonJS module: which of the two shapes Node gives depends on who loads it.
const generate = 'default' in standalone ? (standalone.default as unknown as typeof standalone) : standalone;

/** A function that makes a validator. Most runs need few of them, and each brings patterns and tables of its own. */
function validatorModule(name: string, schema: object): string {
  const code = (generate as unknown as (ajv: unknown, validate: unknown) => string)(ajv, ajv.compile(schema));
  if (code.includes('require(')) {
    throw new Error(`The validator ${name} would need Ajv at run time: its schema uses a keyword that does.`);
  }
  return `export function ${name}() {const module = {};${code};return module.exports;}\n`;
}

/** What a schema says of a block as such: which attributes it may, must and must not have together. */
function withoutValues({ properties, ...rest }: SchemaFile): object {
  const names = Object.keys(properties).map((name) => [name, true]);
  return { ...(withoutTexts(rest) as object), properties: Object.fromEntries(names) as object };
}

/** What values may be, by the schema that says so: attributes with equal ones share a validator. */
const kinds = new Map<string, number>();

function kindOf(property: unknown): number {
  const kind = JSON.stringify(withoutTexts(property));
  const known = kinds.get(kind) ?? kinds.size;
  kinds.set(kind, known);
  return known;
}

/** A schema as a text to be read when it is needed: much faster to load than the same as code. */
function maker(name: string, schema: SchemaFile): string {
  const { $id, title, description } = schema;
  return derived.get(name)?.({ $id, title, description }) ?? `parsed(${textOf(schema)})`;
}

function withoutDescriptions({ properties, ...rest }: SchemaFile): SchemaFile {
  const described = Object.entries(properties as Record<string, object>);
  const bare = described.map(([name, property]) => [name, { ...property, description: undefined }] as const);
  return { ...rest, description: undefined, properties: Object.fromEntries(bare) };
}

function block([name, schema]: [string, SchemaFile]): string {
  const made = maker(name, withoutDescriptions(schema));
  if (judgedInParts.has(name)) return `[${JSON.stringify(name)}, new Block(${made})],\n`;
  const indexes = Object.entries(schema.properties).map(([attribute, property]) => [
    attribute,
    kindOf(property),
  ]);
  const validators = `{ block: once(validators.${functionName(name)}), value: byAttribute(values, ${textOf(Object.fromEntries(indexes))}) }`;
  return `[${JSON.stringify(name)}, new Block(${made}, ${validators})],\n`;
}

/** JSON, as a text in TypeScript. */
function textOf(value: unknown): string {
  return JSON.stringify(JSON.stringify(value));
}

const blocks = [...schemas].map(block);
const validators = new Map<string, object>(
  [...kinds].map(([kind, index]) => [`value_${index}`, JSON.parse(kind) as object]),
);
for (const [name, schema] of schemas) {
  if (!judgedInParts.has(name)) validators.set(functionName(name), withoutValues(schema));
}
mkdirSync(target, { recursive: true });
writeFileSync(
  join(target, 'validators.js'),
  [...validators].map(([name, schema]) => validatorModule(name, schema)).join(''),
);
writeFileSync(
  join(target, 'validators.d.ts'),
  `import type { Validator } from '../block-schema.ts';\n` +
    [...validators.keys()].map((name) => `export function ${name}(): Validator;\n`).join(''),
);
writeFileSync(
  join(target, 'blocks.ts'),
  `import { Block, byAttribute, extended, joined, once, parsed } from '../block.ts';\nimport type { BlockSchema } from '../block-schema.ts';\nimport * as validators from './validators.js';\n\n` +
    `const values = [${[...kinds.values()].map((index) => `once(validators.value_${index})`).join(', ')}];\n\n` +
    `export const blocks: ReadonlyMap<string, Block> = new Map([\n${blocks.join('')}]);\n\n` +
    `function schemaOf(name: string): BlockSchema {\n  return blocks.get(name)!.schema;\n}\n`,
);
const documents = [...schemas].map(
  ([name, schema]) => `[${JSON.stringify(name)}, ${maker(name, schema)}],\n`,
);
writeFileSync(
  join(target, 'documents.ts'),
  `import { extended, joined, parsed } from '../block.ts';\nimport type { DocumentedSchema } from '../block-schema.ts';\n\n` +
    `export const documents: ReadonlyMap<string, () => DocumentedSchema> = new Map([\n${documents.join('')}]);\n\n` +
    `function schemaOf(name: string): DocumentedSchema {\n  return documents.get(name)!();\n}\n`,
);
