import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { LoadOptions } from '../api.ts';
import type { DecodedAttribute, DecodedBlock } from '../decode.ts';
import { kindOf } from '../files.ts';
import { absolutePath } from '../paths.ts';
import { problem } from '../problems.ts';
import { UNKNOWN_TEXT, titleInText } from '../schema-values.ts';

/** How paths are judged. */
export type PathRules = Pick<LoadOptions, 'cwd' | 'missingFiles'>;

/** The files and directories that attributes name and that must exist. */
export function checkPaths(block: DecodedBlock, rules: PathRules): Diagnostic[] {
  return [...block.given.values()].flatMap((decoded) => {
    const { property } = decoded;
    if (property['x-path'] === 'file') return checkEach(block, decoded, rules, 'file');
    return property['x-path'] === 'directory' && property['x-exists']
      ? checkEach(block, decoded, rules, 'directory')
      : [];
  });
}

/** `source` and `sources` of the file provisioner, unless they are made during the build or come from the guest. */
export function checkTransfer(block: DecodedBlock, rules: PathRules): Diagnostic[] {
  if (block.config['direction'] !== 'upload' || block.config['generated'] === true) return [];
  return ['source', 'sources'].flatMap((name) => {
    const decoded = block.given.get(name);
    return decoded ? checkEach(block, decoded, rules, 'any') : [];
  });
}

function checkEach(
  block: DecodedBlock,
  { name, json, property, attribute, sensitive }: DecodedAttribute,
  { cwd, missingFiles }: PathRules,
  wanted: 'file' | 'directory' | 'any',
): Diagnostic[] {
  const paths = Array.isArray(json) ? json : [json];
  return paths.flatMap((path, at) => {
    if (typeof path !== 'string' || path.includes(UNKNOWN_TEXT)) return [];
    const range = Array.isArray(json) ? block.rangeOf(name, String(at)) : block.rangeOf(name);
    const full = absolutePath(path, cwd);
    const kind = path === '' ? 'missing' : kindOf(full);
    if (kind === wanted || (wanted === 'any' && kind !== 'missing')) return [];
    const what = `${name} (${titleInText(property)})`;
    const shown = sensitive ? 'a sensitive path' : path;
    const where = full === path ? '' : ` Relative paths start at ${cwd}.`;
    const thing = wanted === 'directory' ? 'directory' : 'file';
    const detail =
      path === ''
        ? `${what} is empty. Name a ${thing}, or remove the line.`
        : kind === 'missing'
          ? `${what} names ${shown}, and there is no such ${thing}.${where} Create it, or correct the path.`
          : `${what} names ${shown}, which is a ${kind}. A ${thing} is needed.`;
    const code = wanted === 'directory' ? 'directory-missing' : 'file-missing';
    const severity = kind === 'missing' && path !== '' ? missingFiles : undefined;
    return [problem(code, detail, range, { severity, values: block.evidence(attribute.expression) })];
  });
}
