import { resolve } from 'node:path';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { isPathPattern } from '../../lib/path-pattern.ts';
import type { Json } from '../../plan/json.ts';
import { kindOf } from '../files.ts';
import { warning } from '../problems.ts';
import { at, isAbsent, known } from './context.ts';
import type { RuleContext } from './context.ts';
import { UNKNOWN_TEXT } from '../schema-values.ts';

const SOURCES = ['cd_files', 'cd_content'] as const;
const IMAGES = ['cdrom', 'iso_url', 'iso_urls'] as const;

/** The rules of the CD that is made for the build. */
export function checkCd(context: RuleContext): Diagnostic[] {
  const { block } = context;
  const isSet = (name: string) => !isAbsent(context, name) && !isEmpty(block.given.get(name)?.json);
  const source = SOURCES.find(isSet);
  const label = block.given.get('cd_label');
  if (source === undefined) {
    if (!label || SOURCES.some((name) => block.misspelt.has(name))) return [];
    const why = 'cd_label has no effect: there is no CD. Set cd_files or cd_content.';
    return [warning('attribute-ignored', why, label.attribute.nameRange)];
  }
  const image = IMAGES.find(isSet);
  const diagnostics = checkFiles(context);
  const attribute = block.given.get(source)?.attribute;
  if (image === undefined || attribute === undefined) return diagnostics;
  const detail = `${image} and ${source} are two CDs, and vmctl(8) gives a machine one drive: on OpenBSD the build ends before anything is created. On QEMU there are two drives. To build on both, serve the files over HTTP with http_content or http_directory.`;
  return [...diagnostics, warning('cd-drives', detail, attribute.nameRange)];
}

function isEmpty(json: Json | undefined): boolean {
  return typeof json === 'object' && json !== null && Object.keys(json).length === 0;
}

/** Files and folders that are named without wildcards must be there. */
function checkFiles(context: RuleContext): Diagnostic[] {
  const { block, cwd, missingFiles: severity } = context;
  const files = known(context, 'cd_files');
  const isSensitive = block.given.get('cd_files')?.sensitive === true;
  return (Array.isArray(files) ? (files as readonly Json[]) : []).flatMap((path, index) => {
    if (typeof path !== 'string' || /^\0?$/.test(path) || isPathPattern(path) || path.includes(UNKNOWN_TEXT))
      return [];
    if (kindOf(resolve(cwd, path)) !== 'missing') return [];
    const where = path.startsWith('/') ? '' : ` Relative paths start at ${cwd}.`;
    const detail = `cd_files names ${isSensitive ? 'a sensitive path' : path}, and there is no such file or folder.${where} Create it, or correct the path.`;
    return [
      at(context, 'cd_files', 'file-missing', detail, {
        severity,
        range: block.rangeOf('cd_files', String(index)),
      }),
    ];
  });
}
