import { resolve } from 'node:path';
import { parseJsonConfig } from '../hcl/json/body.ts';
import type { AnyBody, ContentBlock } from '../hcl/schema.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { packerFunctions, variableDefaultFunctions } from '../hcl/functions/index.ts';
import type { CallContext } from '../hcl/functions/spec.ts';
import { parseConfig } from '../hcl/syntax/parse.ts';
import type { LoadOptions, LoadResult } from './api.ts';
import { contentOf } from './bodies.ts';
import type { Configuration, SourceBlock } from './configuration.ts';
import { Evaluator } from './evaluator.ts';
import { readTemplateFiles, readVarFiles } from './files.ts';
import type { SourceFile, TemplateFiles } from './files.ts';
import { hideSecrets } from './hide-secrets.ts';
import { declareData, declareLocals, evaluateGraph } from './locals.ts';
import type { LocalDefinition } from './locals.ts';
import { Names } from './names.ts';
import type { Requirements } from './packer-block.ts';
import { problem, sortDiagnostics, withoutConsequences } from './problems.ts';
import { mistakesOf } from './syntax-mistakes.ts';
import type { Stretch } from './syntax-mistakes.ts';
import { sourceRenderer } from './template-context.ts';
import { validateVariable } from './validation.ts';
import { assignVariables } from './variable-values.ts';
import type { VarFile } from './variable-values.ts';
import { declareVariables, isName } from './variables.ts';
import type { VariableDeclaration } from './variables.ts';

const TOP_LEVEL: Readonly<Record<string, readonly string[]>> = {
  packer: [],
  variable: ['name'],
  variables: [],
  locals: [],
  local: ['name'],
  data: ['type', 'name'],
  source: ['type', 'name'],
  build: [],
  // For a registry that is not used here; accepted without effect.
  hcp_packer_registry: [],
  // Accepted without effect by Packer, too.
  communicator: ['type', 'name'],
};

/**
 * Reads a template, a file or a directory, in HCL or in legacy JSON, and evaluates its variables, locals and data sources. Sources and builds wait
 * for `planBuilds`. Everything that is wrong is reported, and what can be understood is in the configuration all the same.
 */
export async function loadConfiguration(path: string, options: LoadOptions): Promise<LoadResult> {
  const files = await readTemplateFiles(path, options);
  if (files.legacy) {
    const { loadLegacy } = await import('./legacy/load.ts');
    return loadLegacy(files, options);
  }
  const loader = new Loader(files, options);
  await loader.load();
  return loader.result();
}

class Loader {
  readonly #options: LoadOptions;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #texts = new Map<string, string>();
  readonly #fileNames: string[] = [];
  readonly #root: string;
  readonly #templates: readonly SourceFile[];
  readonly #autoVarFiles: readonly SourceFile[];
  readonly #names: Names;
  readonly #context: CallContext;
  readonly #syntaxErrors: Diagnostic[] = [];
  readonly #damage = new Map<string, readonly Stretch[]>();
  #incomplete = false;
  #blocks: readonly ContentBlock[] = [];
  #variables = new Map<string, VariableDeclaration>();
  #locals: readonly LocalDefinition[] = [];
  #data: Configuration['dataSources'] = [];
  #sourceBlocks = new Map<string, SourceBlock>();
  #requirements: Requirements = { version: undefined, plugins: [], diagnostics: [] };

  constructor(files: TemplateFiles, options: LoadOptions) {
    this.#options = options;
    this.#root = files.root;
    this.#templates = files.templates;
    this.#autoVarFiles = files.autoVarFiles;
    this.#diagnostics.push(...files.diagnostics);
    this.#incomplete = hasErrors(files.diagnostics);
    this.#names = new Names(files.root, options.cwd);
    this.#context = {
      baseDirectory: resolve(options.cwd, files.root),
      workingDirectory: options.cwd,
      environment: options.env,
      onSecret: (text) => void this.#names.secrets.add(text),
    };
  }

  async load(): Promise<void> {
    const bodies = this.#templates.map((file) => this.#parse(file));
    for (const body of bodies) {
      const content = contentOf(body, { attributes: [], blocks: TOP_LEVEL });
      this.#diagnostics.push(...content.diagnostics);
      if (hasErrors(content.diagnostics)) this.#incomplete = true;
      this.#blocks = [...this.#blocks, ...content.blocks];
    }
    await this.#readRequirements(this.#ofType('packer'));
    // The template is written in another language: what else is wrong with it says nothing.
    if (this.#diagnostics.some(({ code }) => code === 'packer-version-unsupported')) {
      this.#blocks = [];
      this.#incomplete = true;
      return;
    }
    this.#loadVariables();
    this.#declare();
    if (this.#options.syntaxOnly) return;
    await this.#evaluate();
  }

  result(): LoadResult {
    const configuration: Configuration = {
      options: this.#options,
      incomplete: this.#incomplete,
      damage: this.#damage,
      files: this.#fileNames,
      sources: this.#texts,
      names: this.#names,
      functions: packerFunctions,
      context: this.#context,
      variables: this.#variables,
      locals: this.#locals,
      dataSources: this.#data,
      sourceBlocks: this.#sourceBlocks,
      builds: this.#ofType('build'),
      requiredVersion: this.#requirements.version,
      requiredPlugins: this.#requirements.plugins,
    };
    const found = withoutConsequences(this.#diagnostics, configuration);
    const shown = hideSecrets([...this.#syntaxErrors, ...found], this.#names);
    const diagnostics = sortDiagnostics(shown, this.#fileNames);
    return { configuration, diagnostics, sources: this.#texts };
  }

  #ofType(...types: string[]): ContentBlock[] {
    return this.#blocks.filter(({ type }) => types.includes(type));
  }

  #parse(file: SourceFile): AnyBody {
    this.#texts.set(file.filename, file.text);
    this.#fileNames.push(file.filename);
    const { body, diagnostics } = file.syntax === 'json' ? parseJsonConfig(file) : parseConfig(file);
    if (diagnostics.length > 0) {
      const mistakes = mistakesOf(file, diagnostics);
      this.#syntaxErrors.push(...mistakes.diagnostics);
      // A syntax error of JSON takes all of the objects around it away.
      const damage = file.syntax === 'json' ? [{ from: 0, to: Infinity }] : mistakes.damage;
      this.#damage.set(file.filename, damage);
      this.#incomplete = true;
    }
    return body;
  }

  async #readRequirements(blocks: readonly ContentBlock[]): Promise<void> {
    if (blocks.length === 0) return;
    const { readRequirements } = await import('./packer-block.ts');
    this.#requirements = readRequirements(blocks);
    this.#diagnostics.push(...this.#requirements.diagnostics);
  }

  #loadVariables(): void {
    const scope = { functions: variableDefaultFunctions, context: this.#context };
    const declared = declareVariables(this.#ofType('variable', 'variables'), scope);
    this.#variables = declared.declarations;
    this.#diagnostics.push(...declared.diagnostics);
    const { varFiles = [], vars = [], env, undeclared = 'warn' } = this.#options;
    const named = readVarFiles(varFiles, this.#options.cwd);
    this.#diagnostics.push(...named.diagnostics);
    const files: VarFile[] = [
      ...this.#autoVarFiles.map((file) => ({ filename: file.filename, body: this.#parse(file), flag: '' })),
      ...named.files.map((file) => ({
        filename: file.filename,
        body: this.#parse(file),
        flag: '-var-file',
      })),
    ];
    const assigned = assignVariables(this.#variables, {
      env,
      files,
      flags: vars,
      undeclared,
      texts: this.#texts,
    });
    for (const [name, value] of assigned.values) this.#names.variables.set(name, value);
    // What has no value may have one in a file that could not be read.
    const mayBeSet = this.#options.syntaxOnly || hasErrors(named.diagnostics);
    const isReported = ({ code }: Diagnostic) => !(mayBeSet && code === 'variable-unset');
    this.#diagnostics.push(...assigned.diagnostics.filter(isReported));
    if (this.#options.syntaxOnly) return;
    for (const declaration of this.#variables.values()) {
      const value = this.#names.variables.get(declaration.name);
      if (!value || declaration.broken) continue;
      this.#diagnostics.push(...validateVariable(declaration, value, packerFunctions, this.#context));
    }
  }

  #declare(): void {
    const locals = declareLocals(this.#ofType('locals', 'local'));
    const data = declareData(this.#ofType('data'));
    this.#locals = locals.locals;
    this.#data = data.data;
    this.#diagnostics.push(...locals.diagnostics, ...data.diagnostics);
    for (const block of this.#ofType('source')) {
      const [type = '', name = ''] = block.labels;
      const bad = block.labels.findIndex((label) => !isName(label));
      const earlier = this.#sourceBlocks.get(`${type}.${name}`);
      if (bad !== -1) {
        const detail = `"${block.labels[bad]}" cannot be part of a source's name: it starts with a letter and holds letters, digits, _ and -.`;
        this.#diagnostics.push(problem('source-name-invalid', detail, block.labelRanges[bad]));
      }
      if (!earlier) this.#sourceBlocks.set(`${type}.${name}`, { type, name, block });
      else {
        const { filename, start } = earlier.block.headerRange;
        const detail = `The source ${type}.${name} is already defined at ${filename}:${start.line}. Give one of the two another name.`;
        this.#diagnostics.push(problem('source-duplicate', detail, block.headerRange));
      }
    }
  }

  async #evaluate(): Promise<void> {
    const names = this.#names;
    const found = await evaluateGraph(this.#locals, this.#data, {
      names,
      mode: this.#options.dataSources ?? 'skip',
      signal: this.#options.signal,
      env: this.#options.env,
      renderer: sourceRenderer(undefined, this.#options.cwd),
      sources: this.#texts,
      evaluatorFor: (dependencies) =>
        new Evaluator(names, packerFunctions, this.#context, {}, names.common(dependencies)),
    });
    this.#diagnostics.push(...found);
  }
}
