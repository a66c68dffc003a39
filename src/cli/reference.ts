import type { Block, Body } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/source.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { parseConfig } from '../hcl/syntax/parse.ts';

/**
 * Parses each native-syntax text with HashiCorp's own parser too (@cdktf/hcl2json) and tells where the two disagree: about
 * the verdict, or about which blocks and attributes there are. Every disagreement is an error of this program.
 */
export async function compareWithReference(sources: ReadonlyMap<string, string>): Promise<Diagnostic[]> {
  const { parse } = await import('@cdktf/hcl2json');
  const found: Diagnostic[] = [];
  for (const [filename, text] of sources) {
    if (filename.endsWith('.json')) continue;
    const ours = parseConfig({ filename, text });
    const accepted = !hasErrors(ours.diagnostics);
    let json: unknown;
    try {
      json = await parse(filename, text);
    } catch (error) {
      if (accepted) found.push(disagreement(ours.body.endRange, `it refuses this file: ${messageOf(error)}`));
      continue;
    }
    if (!accepted) {
      const place = ours.diagnostics.find(({ subject }) => subject)?.subject ?? ours.body.range;
      found.push(disagreement(place, 'it accepts this file, which we refuse'));
    } else found.push(...compareBody(ours.body, json));
  }
  return found;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/^parse config: /, '');
}

function disagreement(subject: Range, what: string): Diagnostic {
  return {
    severity: 'error',
    code: 'reference-disagrees',
    summary: "HashiCorp's parser disagrees",
    detail: `Read with @cdktf/hcl2json, ${what}. This is a bug of one of the two parsers: please report it with this text.`,
    subject,
  };
}

/** hcl2json gives a body as an object: values by attribute name, and lists of bodies by block type and labels. */
function compareBody(body: Body, json: unknown): Diagnostic[] {
  if (!isObject(json)) return [disagreement(body.range, 'this is no body')];
  const found: Diagnostic[] = [];
  const names = new Set<string>();
  const groups = new Map<string, Block[]>();
  for (const item of body.items) {
    names.add(item.kind === 'Attribute' ? item.name : item.type);
    if (item.kind === 'Attribute') {
      if (!Object.hasOwn(json, item.name))
        found.push(disagreement(item.nameRange, 'this attribute is missing'));
      continue;
    }
    const path = JSON.stringify([item.type, ...item.labels.map(({ value }) => value)]);
    groups.set(path, [...(groups.get(path) ?? []), item]);
  }
  for (const blocks of groups.values()) found.push(...compareBlocks(blocks, json));
  for (const name of Object.keys(json)) {
    if (!names.has(name)) found.push(disagreement(body.endRange, `there is also "${name}" in this body`));
  }
  return found;
}

/** Blocks of one type with the same labels, in order. */
function compareBlocks(blocks: readonly Block[], json: object): Diagnostic[] {
  const { type, labels, headerRange } = blocks[0]!;
  let inside: unknown = json;
  for (const name of [type, ...labels.map(({ value }) => value)]) {
    inside = isObject(inside) && Object.hasOwn(inside, name) ? inside[name] : undefined;
  }
  if (!Array.isArray(inside)) return [disagreement(headerRange, 'this block is missing')];
  if (inside.length !== blocks.length) {
    return [disagreement(headerRange, `there are ${inside.length} such blocks instead of ${blocks.length}`)];
  }
  return blocks.flatMap((block, index) => compareBody(block.body, inside[index]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
