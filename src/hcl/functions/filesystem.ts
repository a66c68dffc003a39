import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { asEntries, asString, isWhollyKnown } from '../value/access.ts';
import { boolValue, DYNAMIC_UNKNOWN, setValue, stringValue } from '../value/construct.ts';
import { friendlyName } from '../value/type-ops.ts';
import { BOOL, DYNAMIC, setType, STRING } from '../value/type.ts';
import { hasErrors } from '../diagnostic.ts';
import { decodeUtf8 } from './base64.ts';
import { attempt, defineFunction, defineTextFunction, parameter } from './define.ts';
import { globFiles } from './glob.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

/** A path with a leading `~` replaced by the home directory. */
function expandHome(path: string, context: CallContext): string {
  if (!path.startsWith('~')) return path;
  if (path.length > 1 && !/^~[/\\]/.test(path)) {
    throw new FunctionError('only "~" itself can be expanded, not the home directory of another user');
  }
  return join((context.environment ?? process.env).HOME || homedir(), path.slice(1));
}

function absolute(path: string, directory: string, context: CallContext): string {
  const expanded = expandHome(path, context);
  return isAbsolute(expanded) ? normalize(expanded) : resolve(directory, expanded);
}

function workingDirectory(context: CallContext): string {
  return context.workingDirectory ?? process.cwd();
}

/** @throws FunctionError */
function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new FunctionError(`there is no file ${path}`);
    if (code === 'EISDIR') throw new FunctionError(`${path} is a directory, not a file`);
    if (code === 'EACCES' || code === 'EPERM') throw new FunctionError(`the file ${path} may not be read`);
    throw new FunctionError(`the file ${path} cannot be read: ${(error as Error).message}`);
  }
}

function readText(path: string): string {
  const bytes = readBytes(path);
  return attempt(() => decodeUtf8(bytes, `the file ${path}`));
}

const pathParameter = parameter('path', STRING, 'The path of the file.');
const fromTemplate =
  'A relative path starts at the directory of the template, and `~` is the home directory.';

const file = () =>
  defineTextFunction({
    name: 'file',
    description: `Returns the content of a file, which must be text in UTF-8. ${fromTemplate}`,
    parameters: [pathParameter],
    result: STRING,
    run: ([path = ''], context) => stringValue(readText(absolute(path, context.baseDirectory, context))),
  });

const filebase64 = () =>
  defineTextFunction({
    name: 'filebase64',
    description: 'Returns the bytes of a file in base64. A relative path starts at the current directory.',
    parameters: [pathParameter],
    result: STRING,
    run: ([path = ''], context) =>
      stringValue(readBytes(absolute(path, workingDirectory(context), context)).toString('base64')),
  });

const fileexists = () =>
  defineTextFunction({
    name: 'fileexists',
    description: `Tells whether there is a file. A directory or anything else with that path is an error. ${fromTemplate}`,
    parameters: [pathParameter],
    result: BOOL,
    run: ([path = ''], context) => {
      const full = absolute(path, context.baseDirectory, context);
      const stats = attempt(() => {
        try {
          return statSync(full, { throwIfNoEntry: false });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
          throw error;
        }
      });
      if (stats === undefined) return boolValue(false);
      if (!stats.isFile()) throw new FunctionError(`${full} is no regular file`);
      return boolValue(true);
    },
  });

const fileset = () =>
  defineTextFunction({
    name: 'fileset',
    description:
      'Returns the paths of the files in a directory that a pattern matches: `*` and `?` within a name, `[a-z]`, `{a,b}`, and `**` for any directories. The paths are relative to the directory, with slashes.',
    parameters: [
      parameter('path', STRING, 'The directory; a relative one starts at that of the template.'),
      parameter('pattern', STRING, 'The pattern of the paths in it.'),
    ],
    result: setType(STRING),
    run: ([path = '', pattern = ''], context) => {
      const directory = isAbsolute(path) ? path : resolve(context.baseDirectory, path);
      return setValue(attempt(() => globFiles(directory, pattern)).map(stringValue), STRING);
    },
  });

const templatefile = () =>
  defineFunction({
    name: 'templatefile',
    description: `Reads a file as a template, with \`\${…}\` and \`%{…}\`, and evaluates it with the given variables and all functions but this one. ${fromTemplate}`,
    parameters: [
      parameter('path', STRING, 'The path of the template.'),
      parameter('vars', DYNAMIC, 'A map or an object with the variables of the template.'),
    ],
    result: ([, variables]) => {
      const { type } = variables!;
      if (type.kind !== 'map' && type.kind !== 'object') {
        throw argumentError(1, `a map or an object is required, not a ${friendlyName(type)}`);
      }
      return DYNAMIC;
    },
    call: ([path, variables], _type, context) => {
      const full = absolute(asString(path!), context.baseDirectory, context);
      const text = readText(full);
      if (context.renderTemplate === undefined) throw new FunctionError('no template can be evaluated here');
      if (!isWhollyKnown(variables!)) return DYNAMIC_UNKNOWN;
      const { value, diagnostics } = context.renderTemplate(text, full, asEntries(variables!), [
        'templatefile',
      ]);
      if (!hasErrors(diagnostics)) return value;
      const problems = diagnostics.map(({ summary, detail, subject }) => {
        const place = subject === undefined ? full : `${full}:${subject.start.line},${subject.start.column}`;
        return `- ${place}: ${summary}. ${detail}`;
      });
      throw new FunctionError(`the template cannot be evaluated:\n${problems.join('\n')}`);
    },
  });

/** Functions from one path to another. */
function pathMapping(
  name: string,
  description: string,
  run: (path: string, context: CallContext) => string,
): FunctionSpec {
  return defineTextFunction({
    name,
    description,
    parameters: [parameter('path', STRING, 'The path.')],
    result: STRING,
    run: ([path = ''], context) => stringValue(run(path, context)),
  });
}

/** A path in its shortest form, without a separator at its end. */
function clean(path: string): string {
  const short = normalize(path === '' ? '.' : path);
  return short.length > 1 && short.endsWith(sep) ? short.slice(0, -1) : short;
}

/** filepath.Base: the last name of a path; "." for an empty one. */
function baseName(path: string): string {
  if (path === '') return '.';
  const trimmed = path.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** filepath.Dir: all but the last name of a path; "." if there is nothing else. */
function directoryName(path: string): string {
  return clean(path.slice(0, path.lastIndexOf('/') + 1));
}

/** Functions that read files, and functions of paths. */
export const filesystemFunctions = (): readonly FunctionSpec[] => [
  pathMapping(
    'abspath',
    'Returns a path as an absolute one; a relative path starts at the current directory.',
    (path, context) => clean(resolve(workingDirectory(context), path)),
  ),
  pathMapping('basename', 'Returns the last name of a path.', baseName),
  pathMapping('dirname', 'Returns a path without its last name.', directoryName),
  file(),
  filebase64(),
  fileexists(),
  fileset(),
  pathMapping('pathexpand', 'Replaces a `~` at the start of a path by the home directory.', expandHome),
  templatefile(),
];
