import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { contentProblem } from '../../hcl/schema.ts';
import { parseChecksumSource } from '../../lib/checksum.ts';
import { missingPart } from '../../lib/iso9660.ts';
import type { DecodedBlock } from '../decode.ts';
import { kindOf } from '../files.ts';
import { absolutePath, placeOf } from '../paths.ts';
import { problem, warning } from '../problems.ts';
import { UNKNOWN_TEXT } from '../schema-values.ts';
import type { PathRules } from './files.ts';

const PLACES = ['iso_url', 'iso_urls'] as const;

/** The rules of `iso_url`, `iso_urls`, `iso_checksum`, `iso_target_path` and `cdrom` among each other. */
export function checkIso(block: DecodedBlock, rules: PathRules): Diagnostic[] {
  const given = (name: string) => {
    const decoded = block.given.get(name);
    return decoded && decoded.json !== '' && !isEmptyList(decoded.json) ? decoded : undefined;
  };
  const places = PLACES.flatMap((name) => given(name) ?? []);
  const [first, second] = places;
  if (first === undefined) {
    if (PLACES.some((name) => block.bad.has(name) || block.misspelt.has(name))) return [];
    const truncated = checkWhole(block, rules);
    return [
      ...truncated,
      ...['iso_checksum', 'iso_target_path'].flatMap((name) => {
        const decoded = given(name);
        const why = `${name} has no effect: no iso_url is set. The file of cdrom is used as it is.`;
        return decoded ? [warning('attribute-ignored', why, decoded.attribute.nameRange)] : [];
      }),
    ];
  }
  const diagnostics = places.flatMap(({ name }) => checkPlaces(block, name, rules));
  if (second !== undefined) {
    const detail = 'iso_url and iso_urls are two ways to say the same. Put all places into iso_urls.';
    diagnostics.push(problem('attribute-conflict', detail, second.attribute.nameRange));
  }
  if (given('cdrom') !== undefined) {
    const detail = `The ISO image is either a file (cdrom) or fetched (${first.name}). Remove one of the two.`;
    diagnostics.push(problem('attribute-conflict', detail, first.attribute.nameRange));
  }
  if (given('iso_checksum') !== undefined) diagnostics.push(...checkChecksum(block));
  else if (
    given('cdrom') === undefined &&
    !block.bad.has('iso_checksum') &&
    !block.misspelt.has('iso_checksum')
  ) {
    const detail = `${first.name} needs iso_checksum: "sha256:…", or "file:" and the URL of a file of checksums such as SHA256. To use what comes without a check write "none".`;
    diagnostics.push(contentProblem('missing-required-argument', detail, first.attribute.nameRange));
  }
  return diagnostics;
}

/** A file of cdrom has no checksum; that a part of it is missing can be told all the same. */
function checkWhole(block: DecodedBlock, { cwd, missingFiles }: PathRules): Diagnostic[] {
  const decoded = block.given.get('cdrom');
  if (typeof decoded?.json !== 'string' || decoded.json === '' || decoded.json.includes(UNKNOWN_TEXT))
    return [];
  const missing = missingPart(absolutePath(decoded.json, cwd));
  if (missing === undefined) return [];
  const shown = decoded.sensitive ? 'a sensitive path' : decoded.json;
  const detail = `cdrom names ${shown}, which is cut short: ${missing}. Fetch it again, and compare its checksum.`;
  const values = block.evidence(decoded.attribute.expression);
  return [problem('iso-truncated', detail, block.rangeOf('cdrom'), { severity: missingFiles, values })];
}

function isEmptyList(json: unknown): boolean {
  return Array.isArray(json) && json.length === 0;
}

function checkPlaces(block: DecodedBlock, name: string, { cwd, missingFiles }: PathRules): Diagnostic[] {
  const decoded = block.given.get(name);
  if (decoded === undefined) return [];
  const isList = Array.isArray(decoded.json);
  const list = isList ? (decoded.json as readonly unknown[]) : [decoded.json];
  return list.flatMap((text, at) => {
    if (typeof text !== 'string' || text.includes(UNKNOWN_TEXT)) return [];
    const range = isList ? block.rangeOf(name, String(at)) : block.rangeOf(name);
    const shown = decoded.sensitive ? 'a sensitive value' : `"${text}"`;
    const values = block.evidence(decoded.attribute.expression);
    const place = placeOf(text, cwd);
    if (place === undefined) {
      const detail = `${name} is ${shown}. An ISO image is fetched from http, https and file URLs, or used where it is by its path.`;
      return [problem('value-not-allowed', detail, range, { values })];
    }
    // Of several places it is enough that one has the image.
    if (/^https?:/.test(place) || list.length > 1 || kindOf(place) === 'file') return [];
    const detail = `${name} names ${shown}, and there is no such file. Relative paths start at ${cwd}. Correct the path, or give a URL.`;
    return [problem('file-missing', detail, range, { severity: missingFiles, values })];
  });
}

function checkChecksum(block: DecodedBlock): Diagnostic[] {
  const decoded = block.given.get('iso_checksum');
  if (typeof decoded?.json !== 'string' || decoded.unknown) return [];
  const parsed = parseChecksumSource(decoded.json);
  if (!('fault' in parsed)) return [];
  const detail = `iso_checksum ${decoded.sensitive ? 'is no checksum' : parsed.fault}. Write "sha256:" and the 64 digits, "file:" and the URL of a file of checksums, or "none".`;
  const values = block.evidence(decoded.attribute.expression);
  return [problem('value-not-allowed', detail, block.rangeOf('iso_checksum'), { values })];
}
