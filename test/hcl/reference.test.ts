// Compares our parser with HashiCorp's, which @cdktf/hcl2json has compiled to WebAssembly: on generated and mutated
// texts (VMM_HCL_REFERENCE_FILES of them) and, where it is, on the corpus of real templates.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Body, Expression, ObjectKey } from '../../src/hcl/ast.ts';
import { parseConfig } from '../../src/hcl/index.ts';
import { generateBody, mutate, Random } from '../../scripts/generate-hcl.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Stands for a value that hcl2json writes as source text in "${ }": there is nothing literal to compare. */
const ANY_TEXT = '\0any text';

function literal(expression: Expression): Json {
  switch (expression.kind) {
    case 'NumberLiteral':
      return Number(expression.text);
    case 'BoolLiteral':
      return expression.value;
    case 'NullLiteral':
      return null;
    case 'Tuple':
      return expression.elements.map(literal);
    case 'Object':
      return Object.fromEntries(expression.items.map(({ key, value }) => [keyText(key), literal(value)]));
    case 'Template': {
      const [part] = expression.parts;
      const isText = expression.parts.length === 1 && part?.kind === 'TemplateLiteral';
      // hcl2json puts back one of the escapes that it has removed, so that the text is a template again.
      return isText ? part.value.normalize('NFC').replace(/[$%](?=\{)/g, (sign) => sign + sign) : ANY_TEXT;
    }
    default:
      return ANY_TEXT;
  }
}

function keyText({ expression, forceNonLiteral, literalName }: ObjectKey): string {
  if (literalName !== undefined && !forceNonLiteral) return literalName;
  const text = literal(expression);
  return typeof text === 'string' ? text : ANY_TEXT;
}

/** The body as hcl2json shows one: blocks by type and labels, several of a kind as a list. */
function project(body: Body): { [name: string]: Json } {
  const result: { [name: string]: Json } = {};
  for (const item of body.items) {
    if (item.kind === 'Attribute') {
      result[item.name] = literal(item.expression);
      continue;
    }
    const path = [item.type, ...item.labels.map(({ value }) => value)];
    let holder = result;
    for (const name of path.slice(0, -1)) holder = (holder[name] ??= {}) as { [name: string]: Json };
    const list = (holder[path.at(-1) as string] ??= []) as Json[];
    list.push(project(item.body));
  }
  return result;
}

/** Where the two differ, or undefined. */
function difference(ours: Json, theirs: Json | undefined, path: string): string | undefined {
  if (ours === ANY_TEXT) return undefined;
  const shown = `${path}: ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`;
  if (Array.isArray(ours)) {
    if (!Array.isArray(theirs) || theirs.length !== ours.length) return shown;
    return first(ours.map((element, i) => difference(element, theirs[i], `${path}[${i}]`)));
  }
  if (ours !== null && typeof ours === 'object') {
    if (theirs === null || typeof theirs !== 'object' || Array.isArray(theirs)) return shown;
    // Keys that are expressions can only be counted, and may fall together.
    if (ANY_TEXT in ours) return undefined;
    if (Object.keys(ours).length !== Object.keys(theirs).length) return shown;
    return first(Object.keys(ours).map((key) => difference(ours[key]!, theirs[key], `${path}.${key}`)));
  }
  return ours === theirs ? undefined : shown;
}

const first = (found: (string | undefined)[]): string | undefined => found.find((one) => one !== undefined);

/** hcl2json cannot show two blocks of one type with different numbers of labels, or a block named as an attribute. */
function isShowable(body: Body): boolean {
  const labels = new Map<string, number>();
  return body.items.every((item) => {
    const [name, count] = item.kind === 'Attribute' ? [item.name, -1] : [item.type, item.labels.length];
    const known = labels.get(name) ?? count;
    labels.set(name, known);
    return known === count && (item.kind === 'Attribute' || isShowable(item.body));
  });
}

/** How our parser and HashiCorp's disagree about a text, or undefined. */
async function disagreement(text: string): Promise<string | undefined> {
  const { parse } = await import('@cdktf/hcl2json');
  const { body, diagnostics } = parseConfig({ filename: 'test.hcl', text });
  let theirs: Json;
  try {
    theirs = (await parse('test.hcl', text)) as Json;
  } catch (error) {
    const message = String((error as Error).message);
    if (!message.startsWith('parse config:')) return undefined; // It parses, but cannot be shown as JSON.
    return diagnostics.length > 0 ? undefined : `only they refuse it: ${message}`;
  }
  if (diagnostics.length > 0) return `only we refuse it: ${diagnostics[0]!.summary}`;
  return isShowable(body) ? difference(project(body), theirs, '') : undefined;
}

const count = Number(
  process.env['VMM_HCL_REFERENCE_FILES'] ?? (process.env['CI'] === 'true' ? 20_000 : 2_000),
);
const CORPUS = new URL('../../../shared/corpus/', import.meta.url);
const corpusFiles = existsSync(CORPUS)
  ? readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.hcl'))
  : [];

describe("HashiCorp's parser agrees", () => {
  it(`about ${count} generated and mutated texts`, async () => {
    const random = new Random(20_251_124);
    let previous = '';
    const verdicts = { valid: 0, invalid: 0 };
    for (let i = 0; i < count; i++) {
      const valid = generateBody(random, 2);
      const text = i % 3 === 0 ? valid : mutate(random, valid, previous);
      previous = valid;
      assert.equal(await disagreement(text), undefined, JSON.stringify(text));
      verdicts[parseConfig({ filename: '', text }).diagnostics.length === 0 ? 'valid' : 'invalid']++;
    }
    // Both kinds must be there in number, or the comparison says little.
    assert.ok(verdicts.valid >= count / 4 && verdicts.invalid >= count / 5, JSON.stringify(verdicts));
  });

  const skip = corpusFiles.length > 0 ? false : `there is no ${CORPUS.pathname}`;
  it('about the corpus of real templates', { skip }, async () => {
    for (const name of corpusFiles) {
      assert.equal(await disagreement(readFileSync(new URL(name, CORPUS), 'utf8')), undefined, name);
    }
  });

  it('and a difference would be found', async () => {
    const { parse } = await import('@cdktf/hcl2json');
    const theirs = (await parse('test.hcl', 'a = [1, {b = "c"}]\nx "y" {\n  z = true\n}\n')) as Json;
    const ours = (text: string): Json => project(parseConfig({ filename: '', text }).body);
    assert.equal(difference(ours('a = [1, {b = "c"}]\nx "y" {\n  z = true\n}\n'), theirs, ''), undefined);
    assert.match(
      difference(ours('a = [1, {b = "d"}]\nx "y" {\n  z = true\n}\n'), theirs, '') ?? '',
      /\.a\[1\]\.b/,
    );
    assert.match(difference(ours('a = [1, {b = "c"}]\nx "y" {\n}\n'), theirs, '') ?? '', /\.x\.y\[0\]/);
  });
});
