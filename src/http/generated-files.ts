import { tmpdir } from 'node:os';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../lib/temporary-folder.ts';
import { renderTemplate, TemplateError } from '../template/index.ts';
import { notesOn } from './file-mistakes.ts';

/** What stands for `{{ .VMName }}` and so on. */
export type GeneratedFilesData = {
  readonly VMName: string;
  readonly HTTPIP: string;
  readonly HTTPPort: string;
  /** Absent when the guest is not reached with a key. */
  readonly SSHPublicKey?: string;
};

export interface GenerateOptions {
  /** Absolute path of `http_directory`. It is never written to. */
  readonly source: string;
  /** `gen_files_pattern`: the beginning of the names, where `*`, `?` and `[ ]` work as in Go's filepath.Match. */
  readonly pattern: string;
  /** `gen_files_extension`, without its dot. */
  readonly extension: string;
  readonly data: GeneratedFilesData;
  /** Something that the user may want to know, in a full sentence. */
  readonly onNote: (text: string) => void;
}

export interface GeneratedFiles {
  /** Absolute path of a private folder with the generated files, to be served in front of the source. */
  readonly folder: string;
  /** Their paths below it, sorted. */
  readonly names: readonly string[];
  /** Paths of the templates below the source. */
  readonly templates: readonly string[];
  /** One of them holds the public key. */
  readonly showKey: boolean;
  /** Removes the folder. Idempotent. */
  remove(): Promise<void>;
}

/** A file that cannot be generated. `message` is a full sentence. */
export class GenerateError extends Error {
  override name = 'GenerateError';
  constructor(
    message: string,
    readonly hint?: string,
    /** Where the mistake stands, when it stands in a file of the user's. */
    readonly place?: { readonly file: string; readonly line: number; readonly column: number },
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Renders every `<pattern>*.<extension>` below `http_directory`, at any depth, into a folder of this build's own, under its name
 * without the extension. Parallel builds that share `http_directory` get one folder each, so each guest finds its own server's port.
 * @throws GenerateError; then nothing is left behind
 */
export async function generateFiles(options: GenerateOptions): Promise<GeneratedFiles> {
  const names = await findSources(options);
  const { path: folder, remove } = await temporaryFolder('vmm-hcl-http-', 'the generated files').catch(
    noTemporary,
  );
  try {
    const generated: string[] = [];
    let showKey = false;
    for (const name of names) {
      const { before, text, target } = await renderFile(name, options);
      for (const note of notesOn(join(options.source, name), before)) options.onNote(note);
      showKey ||= /\{\{[^}]*\.SSHPublicKey\b/.test(before);
      await mkdir(dirname(join(folder, target)), { recursive: true, mode: 0o700 }).catch(noTemporary);
      // Answer files hold passwords: nobody else on this machine may read them.
      await writeFile(join(folder, target), text, { mode: 0o600, flag: 'wx' }).catch(noTemporary);
      if (await exists(join(options.source, target))) {
        options.onNote(
          `${target} is generated from ${name}; the file ${join(options.source, target)} is not served.`,
        );
      }
      generated.push(target);
    }
    return { folder, names: generated.sort(), templates: names, showKey, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The folder for temporary files is missing, full, or not ours to write. */
function noTemporary(cause: Error): never {
  throw new GenerateError(
    `The generated files cannot be written to the folder for temporary files, ${tmpdir()}: ${cause.message}.`,
    'Make room there, or set TMPDIR to another folder that you may write.',
    undefined,
    { cause },
  );
}

/** A file as it would be generated. */
export interface RenderedFile {
  /** Path of the template below `http_directory`, and of the file below the server's root. */
  readonly template: string;
  readonly target: string;
  /** Contents of the template. */
  readonly before: string;
  readonly text: string;
}

/** The files that `generateFiles` would write, sorted, without writing them. @throws GenerateError */
export async function renderFiles(options: Omit<GenerateOptions, 'onNote'>): Promise<RenderedFile[]> {
  const names = await findSources(options);
  return Promise.all(names.map((name) => renderFile(name, options)));
}

async function renderFile(template: string, options: Omit<GenerateOptions, 'onNote'>): Promise<RenderedFile> {
  const { before, text } = await render(join(options.source, template), options);
  return { template, target: template.slice(0, -options.extension.length - 1), before, text };
}

/** The file templates, as sorted paths below `http_directory`. @throws GenerateError */
export async function findSources({
  source,
  pattern,
  extension,
}: Pick<GenerateOptions, 'source' | 'pattern' | 'extension'>): Promise<string[]> {
  const { default: picomatch } = await import('picomatch');
  const matches = picomatch(`${pattern}*.${extension}`, {
    nobrace: true,
    noextglob: true,
    noglobstar: true,
    nonegate: true,
    dot: pattern.startsWith('.'),
  });
  let entries;
  try {
    entries = await readdir(source, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw new GenerateError(
      `http_directory cannot be searched for files to generate: ${(cause as Error).message}.`,
      'Create the folder, or correct http_directory in the source block.',
      undefined,
      { cause },
    );
  }
  const names = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && matches(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(source, '/').length));
  return names.filter((name) => name.slice(0, -extension.length - 1) !== '').sort();
}

async function render(
  path: string,
  options: Pick<GenerateOptions, 'data'>,
): Promise<{ readonly before: string; readonly text: string }> {
  let before: string;
  try {
    before = await readFile(path, 'utf8');
  } catch (cause) {
    throw new GenerateError(
      `The template of an installation file cannot be read: ${(cause as Error).message}.`,
      'Make the file readable, or change gen_files_pattern or gen_files_extension so that it is left out.',
      undefined,
      { cause },
    );
  }
  try {
    return { before, text: renderTemplate(before, options.data) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { line, column } = error;
    throw new GenerateError(
      `The installation file cannot be generated: ${path}:${line}:${column}: ${error.message}`,
      'The names are {{ .VMName }}, {{ .HTTPIP }}, {{ .HTTPPort }} and {{ .SSHPublicKey }}; a literal {{ is written {{ "{{" }}.',
      { file: path, line, column },
      { cause: error },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
