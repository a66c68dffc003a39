import { resolve } from 'node:path';
import { justAttributes } from '../../hcl/content.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import { packerFunctions } from '../../hcl/functions/index.ts';
import { JSON_PROBLEMS } from '../../hcl/json/problems.ts';
import { parseJsonConfig } from '../../hcl/json/body.ts';
import { startOf } from '../../hcl/source.ts';
import type { Range } from '../../hcl/source.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import type { LoadOptions, LoadResult } from '../api.ts';
import type { Configuration } from '../configuration.ts';
import { readVarFiles } from '../files.ts';
import type { SourceFile, TemplateFiles } from '../files.ts';
import { hideSecrets } from '../hide-secrets.ts';
import { Names } from '../names.ts';
import { problem, sortDiagnostics } from '../problems.ts';
import { variableFunctions } from './functions.ts';
import { EMPTY_TEMPLATE, readStructure } from './structure.ts';
import type { LegacyTemplate } from './structure.ts';
import { resolveUserVariables } from './variables.ts';
import type { UserVariables } from './variables.ts';

/** `loadConfiguration` for the legacy JSON template that has been read. */
export function loadLegacy(
  { templates, root, diagnostics }: TemplateFiles,
  options: LoadOptions,
): LoadResult {
  const texts = new Map<string, string>();
  const found: Diagnostic[] = [...diagnostics];
  const parse = (file: SourceFile): Members => {
    texts.set(file.filename, file.text);
    const parsed = parseMembers(file);
    found.push(...parsed.diagnostics);
    return parsed;
  };
  const [file] = templates;
  const members = file && parse(file);
  const incomplete = hasErrors(found);
  // Of a text that is no JSON object nothing is known, so nothing more is said about it; and a syntax error takes the object
  // around it away, which may be that of all variables.
  const isSound = members?.isObject && !found.some(({ code }) => Object.hasOwn(JSON_PROBLEMS, code));
  const structure = members && isSound ? readStructure(members.members, members.range) : undefined;
  const template = structure?.template ?? EMPTY_TEMPLATE;
  found.push(...(structure?.diagnostics ?? []));
  const tooNew = found.some(({ code }) => code === 'packer-version-unsupported');
  const names = new Names(root, options.cwd);
  const variables =
    tooNew || !isSound
      ? undefined
      : loadVariables(template, options, resolve(options.cwd, root), parse, found);
  for (const [name, value] of variables?.values ?? []) names.variables.set(name, value);
  const configuration: Configuration = {
    options,
    incomplete: incomplete || tooNew,
    damage: new Map(),
    files: file ? [file.filename] : [],
    sources: texts,
    names,
    functions: packerFunctions,
    context: {
      baseDirectory: resolve(options.cwd, root),
      workingDirectory: options.cwd,
      environment: options.env,
    },
    variables: variables?.declarations ?? new Map(),
    locals: [],
    dataSources: [],
    sourceBlocks: new Map(),
    builds: [],
    requiredVersion: template.minPackerVersion === undefined ? undefined : `>= ${template.minPackerVersion}`,
    requiredPlugins: [],
    legacy: tooNew ? EMPTY_TEMPLATE : template,
  };
  return {
    configuration,
    diagnostics: sortDiagnostics(hideSecrets(found, names), configuration.files),
    sources: texts,
  };
}

interface Members {
  readonly members: ReadonlyMap<string, ContentAttribute>;
  /** Where the text starts. */
  readonly range: Range;
  readonly isObject: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** The members of the root object, each once; names that occur twice, at any depth, are reported. */
function parseMembers(file: SourceFile): Members {
  const { body, diagnostics } = parseJsonConfig(file);
  const [first, ...others] = diagnostics;
  const { value } = body;
  const place = { range: startOf(value.range), isObject: value.kind === 'object' };
  if (first && !/^\s*[[{]/.test(file.text)) {
    const detail = `This file is read as a legacy JSON template, and it is not JSON. HCL templates have names that end in .pkr.hcl; another name needs -config-type=hcl2. (${first.detail})`;
    return { members: new Map(), ...place, diagnostics: [{ ...first, detail }, ...others] };
  }
  const { content, diagnostics: repeated } = justAttributes(body, { strings: 'literal' });
  return { members: content.attributes, ...place, diagnostics: [...diagnostics, ...repeated] };
}

function loadVariables(
  template: LegacyTemplate,
  options: LoadOptions,
  directory: string,
  parse: (file: SourceFile) => Members,
  found: Diagnostic[],
): UserVariables {
  const { varFiles = [], vars = [], cwd, env, undeclared, syntaxOnly } = options;
  const read = readVarFiles(varFiles, cwd);
  found.push(...read.diagnostics);
  const files = read.files.flatMap((file) => {
    if (file.syntax === 'json')
      return [{ filename: file.filename, attributes: parse(file).members.values() }];
    const detail = `${file.filename}, which -var-file names, is not JSON. A legacy JSON template takes its variables from JSON files: { "NAME": "VALUE" }.`;
    found.push(problem('var-file-extension', detail));
    return [];
  });
  const outside = { files, flags: vars, undeclared };
  const variables = resolveUserVariables(template, outside, variableFunctions(env, cwd, directory));
  const isReported = ({ code }: Diagnostic) => !(syntaxOnly && code === 'variable-unset');
  found.push(...variables.diagnostics.filter(isReported));
  return variables;
}
