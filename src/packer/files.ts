import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { decodeSource } from '../hcl/encoding.ts';
import type { Source } from '../hcl/source.ts';
import type { LoadOptions } from './api.ts';
import { problem } from './problems.ts';

export interface SourceFile extends Source {
  readonly syntax: 'hcl' | 'json';
}

export interface TemplateFiles {
  /** In load order: provisioners run in it. */
  readonly templates: readonly SourceFile[];
  /** `*.auto.pkrvars.hcl`, then `*.auto.pkrvars.json`; only of a directory. */
  readonly autoVarFiles: readonly SourceFile[];
  /** `path.root`: the directory of the template as it was named on the command line. */
  readonly root: string;
  /** A legacy JSON template: one file, whose syntax is `json`. */
  readonly legacy?: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Finds and reads the files of a template: a `.pkr.hcl` or `.pkr.json` file alone, or all of a directory (hidden ones too,
 * sub-directories not), first the `.pkr.hcl` ones, then the `.pkr.json` ones, each sorted by name. A file with another
 * name, and `-`, the standard input, is a legacy JSON template unless `-config-type=hcl2` is given.
 */
export async function readTemplateFiles(
  path: string,
  { cwd, configType = 'json', stdin }: Pick<LoadOptions, 'cwd' | 'configType' | 'stdin'>,
): Promise<TemplateFiles> {
  const none = (diagnostic: Diagnostic): TemplateFiles => ({
    templates: [],
    autoVarFiles: [],
    root: path,
    diagnostics: [diagnostic],
  });
  if (path === '-') {
    if (configType === 'hcl2' || !stdin) return none(problem('template-missing', FROM_STDIN));
    const source: SourceFile = { filename: STDIN_NAME, text: await stdin(), syntax: 'json' };
    return { templates: [source], autoVarFiles: [], root: '.', legacy: true, diagnostics: [] };
  }
  if (path === '') return none(problem('template-not-found', absenceOf(path)));
  const kind = kindOf(resolve(cwd, path));
  if (kind === 'missing') {
    const reason = whyNotThere(resolve(cwd, path));
    if (reason !== undefined)
      return none(problem('template-unreadable', `${path} cannot be read: ${reason}.`));
    return none(problem('template-not-found', absenceOf(path)));
  }
  if (kind === 'file') return readSingle(path, cwd, configType);
  let names: string[];
  try {
    names = readdirSync(resolve(cwd, path)).sort(byBytes);
  } catch (error) {
    return none(
      problem(
        'template-unreadable',
        `The directory ${path} cannot be read: ${reasonOf(error, resolve(cwd, path))}.`,
      ),
    );
  }
  const pick = (suffix: string) =>
    names.filter((name) => name.endsWith(suffix)).map((name) => join(path, name));
  const templates = readAll([...pick('.pkr.hcl'), ...pick('.pkr.json')], cwd, 'template-unreadable', 'found');
  if (templates.files.length === 0 && templates.diagnostics.length === 0) {
    const others = names.filter((name) => /\.(hcl|json)$/.test(name) && !name.includes('.pkrvars.'));
    const hint =
      others.length > 0 ? ` It has ${listOf(others)}, but template files end in .pkr.hcl or .pkr.json.` : '';
    return none(
      problem(
        'template-missing',
        `The directory ${path} holds no file that ends in .pkr.hcl or .pkr.json.${hint}`,
      ),
    );
  }
  const variables = readAll(
    [...pick('.auto.pkrvars.hcl'), ...pick('.auto.pkrvars.json')],
    cwd,
    'var-file-unreadable',
    'found',
  );
  return {
    templates: templates.files,
    autoVarFiles: variables.files,
    root: path,
    diagnostics: [...templates.diagnostics, ...variables.diagnostics],
  };
}

/** What is said of the name of a template that is empty, or that nothing has. Full sentences. */
export function absenceOf(path: string): string {
  const fault =
    path === ''
      ? 'The name of the template is empty: perhaps a variable of the shell is not set.'
      : `There is no file or directory ${path}.`;
  return `${fault} Name a .pkr.hcl file, or a directory that holds some.`;
}

/** What messages call the text of the standard input. */
const STDIN_NAME = '<stdin>';
const FROM_STDIN =
  '- is standard input, from which only legacy JSON templates can come. Name a .pkr.hcl file or a directory.';

function readSingle(path: string, cwd: string, configType: 'json' | 'hcl2'): TemplateFiles {
  const root = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '/' : '.';
  const legacy = !/\.pkr\.(hcl|json)$/.test(path) && configType === 'json';
  if (legacy && /\.pkrvars\.(hcl|json)$/.test(path)) {
    const detail = `${path} gives values to variables, and is no template. Give it as -var-file=${path}, before the name of the template.`;
    return { templates: [], autoVarFiles: [], root, diagnostics: [problem('template-missing', detail)] };
  }
  if (legacy && path.endsWith('.hcl')) {
    const detail = `${path}: Template files end in .pkr.hcl or .pkr.json; others are read as legacy JSON, which this is not. Rename it, name the directory that holds the template, or give -config-type=hcl2.`;
    return { templates: [], autoVarFiles: [], root, diagnostics: [problem('template-missing', detail)] };
  }
  const { files, diagnostics } = readAll([path], cwd, 'template-unreadable');
  const templates = legacy ? files.map((file): SourceFile => ({ ...file, syntax: 'json' })) : files;
  return { templates, autoVarFiles: [], root, legacy, diagnostics };
}

/** Reads variable files of `-var-file`, in order. */
export function readVarFiles(
  paths: readonly string[],
  cwd: string,
): { files: SourceFile[]; diagnostics: Diagnostic[] } {
  const files: SourceFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    const kind = kindOf(resolve(cwd, path));
    if (kind === 'missing') {
      diagnostics.push(problem('var-file-not-found', `There is no file ${path}, which -var-file names.`));
    } else if (!/\.(hcl|json)$/.test(path)) {
      diagnostics.push(
        problem(
          'var-file-extension',
          `${path}, which -var-file names, ends in neither .hcl nor .json. Name it something.pkrvars.hcl.`,
        ),
      );
    } else {
      const read = readAll([path], cwd, 'var-file-unreadable');
      files.push(...read.files);
      diagnostics.push(...read.diagnostics);
    }
  }
  return { files, diagnostics };
}

/** @param how `found` in a directory, or `named` by the user, who may name a pipe. */
function readAll(
  paths: readonly string[],
  cwd: string,
  code: 'template-unreadable' | 'var-file-unreadable',
  how: 'found' | 'named' = 'named',
): { files: SourceFile[]; diagnostics: Diagnostic[] } {
  const files: SourceFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const refuse = (filename: string, reason: string) =>
    diagnostics.push(problem(code, `${filename} cannot be read: ${reason}.`));
  for (const filename of paths) {
    const full = resolve(cwd, filename);
    try {
      const stats = statSync(full);
      if (how === 'found' && !stats.isFile() && !stats.isDirectory()) {
        // Reading a pipe would wait for somebody to write.
        refuse(filename, 'it is a pipe, a socket or a device, not a file. Remove it from the directory');
        continue;
      }
      const bytes = readFileSync(full);
      if (isUtf16(bytes)) refuse(filename, UTF16);
      else
        files.push({
          filename,
          text: decodeSource(bytes),
          syntax: filename.endsWith('.json') ? 'json' : 'hcl',
        });
    } catch (error) {
      refuse(filename, reasonOf(error, full));
    }
  }
  return { files, diagnostics };
}

const UTF16 =
  'it is in UTF-16, as > of PowerShell and some editors write it. Save it in UTF-8 (iconv -f UTF-16 -t UTF-8)';

/** By the mark at the start. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

/** What kind of thing is at a path, links followed. */
export function kindOf(path: string): 'file' | 'directory' | 'missing' {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file';
  } catch {
    return 'missing';
  }
}

/** Why a path leads nowhere although there may be something; undefined if there is just nothing. */
function whyNotThere(path: string): string | undefined {
  try {
    statSync(path);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return (code === 'ENOENT' && linkTarget(path) === undefined) || code === 'ENOTDIR'
      ? undefined
      : reasonOf(error, path);
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown, path: string): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a directory';
    case 'ELOOP':
      return 'its symbolic links lead in a circle';
    case 'ENOENT': {
      const target = linkTarget(path);
      return target === undefined
        ? 'it is gone'
        : `it is a symbolic link to ${target}, and there is nothing there`;
    }
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function listOf(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}

/** Go sorts file names by bytes. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
