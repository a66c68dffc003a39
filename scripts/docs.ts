// `npm run docs` writes what is derived: man/vmm-hcl.1, docs/reference.md and the tables between the markers of README.md.
// With `--check` it writes nothing and fails when they are out of date, as does a test (test/cli/docs.test.ts).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { COMMANDS } from '../src/cli/commands.ts';
import { type DocumentedProperty, documentedSchema } from '../src/schema/documents.ts';
import { manual } from './manual.ts';
import { reference } from './reference.ts';

/** Each derived file with its text as it should be. */
export function derivedFiles(): ReadonlyMap<string, string> {
  let readme = readFileSync('README.md', 'utf8');
  readme = fill(readme, 'commands', commandTable());
  readme = fill(readme, 'vmm variables', variableTable('vmm'));
  readme = fill(readme, 'ssh variables', variableTable('ssh'));
  return new Map([
    ['README.md', readme],
    ['man/vmm-hcl.1', manual()],
    ['docs/reference.md', reference()],
  ]);
}

/** `text` with `content` between the markers of `name`. */
function fill(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- begin: ${name} -->`, `<!-- end: ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md lacks the markers of "${name}".`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function commandTable(): string {
  const rows = COMMANDS.map(({ name, summary, exit }) => {
    const special = exit
      .filter(({ status }) => status > 1)
      .map(({ status, meaning }) => `${status}: ${meaning}`);
    return `| \`${name}\` | ${cell(summary)} | ${cell(special.join(' '))} |`;
  });
  return ['| Command | What it does | Exit statuses besides 0 and 1 |', '| --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function variableTable(block: string): string {
  const schema = documentedSchema(block);
  if (!schema) throw new Error(`There is no schema "${block}".`);
  const rows = Object.entries(schema.properties)
    .filter(([, property]) => property['x-unsupported'] === undefined)
    .map(([name, property]) => {
      const required = schema.required?.includes(name) ? ' *' : '';
      return `| \`${name}\`${required} | ${typeOf(property)} | ${defaultOf(property)} | ${cell(property.description)} |`;
    });
  return ['| Variable | Type | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function typeOf(property: DocumentedProperty): string {
  if (property['x-duration']) return 'duration';
  if (property['x-size']) return property.type === 'array' ? 'list of sizes' : 'size';
  if (property.enum) return property.enum.map((value) => `\`"${value}"\``).join(', ');
  if (property.type === 'array') return `list of ${property.items?.type ?? 'any'}`;
  if (property.type === 'object') return `map of ${property.additionalProperties?.type ?? 'any'}`;
  return property['x-path'] ? 'path' : property.type === 'boolean' ? 'bool' : property.type;
}

function defaultOf(property: DocumentedProperty): string {
  if (property['x-default'] !== undefined) return cell(property['x-default']);
  return property.default === undefined ? '' : `\`${JSON.stringify(property.default)}\``;
}

/** Text inside a table cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const check = process.argv.includes('--check');
  for (const [file, text] of derivedFiles()) {
    if (!check) writeFileSync(file, text);
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      console.error(`${file} is out of date: run \`npm run docs\`.`);
      process.exitCode = 1;
    }
  }
}
