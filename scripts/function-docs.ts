// `npm run docs:functions` writes docs/functions.md, the function reference, from the records of the functions.
// With `--check` it writes nothing and fails if the file is out of date; test/hcl/functions/docs.test.ts does the same.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { functionGroups, variableDefaultFunctions } from '../src/hcl/functions/index.ts';
import type { FunctionGroup } from '../src/hcl/functions/index.ts';
import type { FunctionSpec, Parameter } from '../src/hcl/functions/spec.ts';
import type { Type } from '../src/hcl/value/type.ts';
import { constraintName } from '../src/hcl/value/type-ops.ts';

export const REFERENCE = new URL('../docs/functions.md', import.meta.url);

const INTRODUCTION = `# Functions

Made by \`npm run docs:functions\` from \`src/hcl/functions\`; change it there.

The functions are those of Packer, with the same results. An argument is converted to the type of its parameter where
that is possible. Unless it is said otherwise, an argument must not be null; the result is unknown as long as an argument
is, and sensitive if one is. "…" stands for any number of arguments.
`;

/** The text of docs/functions.md as it should be. */
export function functionReference(): string {
  const groups: readonly FunctionGroup[] = [
    ...functionGroups(),
    { title: 'Only in the default of a variable', functions: [...variableDefaultFunctions.values()] },
  ];
  const contents = groups.map(({ title, functions }) => {
    const links = sorted(functions).map(({ name }) => `[\`${name}\`](#${name})`);
    return `- ${title}: ${links.join(' ')}`;
  });
  return [INTRODUCTION, `${contents.join('\n')}\n`, ...groups.map(section)].join('\n');
}

function section({ title, functions }: FunctionGroup): string {
  return `## ${title}\n\n${sorted(functions).map(entry).join('\n')}`;
}

function sorted(functions: readonly FunctionSpec[]): readonly FunctionSpec[] {
  return functions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function entry(spec: FunctionSpec): string {
  const { name, description, parameters, variadic } = spec;
  const names = parameters.map((parameter) => parameter.name);
  if (variadic !== undefined) names.push(`${variadic.name}…`);
  const rows = [...parameters, ...(variadic === undefined ? [] : [variadic])].map(row);
  const result = spec.resultType === undefined ? [] : [`Result: ${typeName(spec.resultType)}.\n`];
  const table = rows.length === 0 ? [] : [`${rows.join('\n')}\n`];
  return [
    `### ${name}\n`,
    `\`${name}(${names.join(', ')})\`\n`,
    `${description}\n`,
    ...table,
    ...result,
  ].join('\n');
}

function row({ name, type, description, allowNull }: Parameter): string {
  return `- \`${name}\` (${typeName(type)}${allowNull === true ? ', may be null' : ''}): ${description}`;
}

function typeName(type: Type): string {
  if (type.kind === 'object') return 'object';
  return constraintName(type);
}

function main(args: readonly string[]): void {
  const wanted = functionReference();
  if (!args.includes('--check')) {
    mkdirSync(new URL('.', REFERENCE), { recursive: true });
    writeFileSync(REFERENCE, wanted);
  } else if (readFileSync(REFERENCE, 'utf8') !== wanted) {
    console.error('docs/functions.md is out of date; run "npm run docs:functions".');
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
