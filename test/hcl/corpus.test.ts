// Real templates of the public and what HashiCorp's library makes of them: data that is not part of this repository.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { format, parseConfig } from '../../src/hcl/index.ts';
import type { Body } from '../../src/hcl/index.ts';

interface Reference {
  readonly path: string;
  readonly ok: boolean;
  readonly already_formatted?: boolean;
  readonly formatted_sha256?: string;
  readonly structure_sha256?: string;
  readonly first_error?: { readonly summary: string; readonly line: number; readonly col: number };
  readonly errors?: number;
}

const REFERENCE = new URL('../../../shared/conformance/corpus-reference.jsonl', import.meta.url);
const CORPUS = new URL('../../../shared/corpus/', import.meta.url);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What `structure_sha256` is taken of; the properties are sorted by name. */
function structure(body: Body): unknown[] {
  return body.items.map((item) => {
    if (item.kind === 'Attribute') {
      const { line, column } = item.nameRange.start;
      return { attribute: item.name, col: column, line };
    }
    const { line, column } = item.typeRange.start;
    const labels = item.labels.length > 0 ? item.labels.map(({ value }) => value) : null;
    return { block: item.type, body: structure(item.body), col: column, labels, line };
  });
}

const skip = existsSync(REFERENCE) ? false : `there is no ${REFERENCE.pathname}`;

describe('the corpus of real templates', { skip }, () => {
  const references = skip
    ? []
    : readFileSync(REFERENCE, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Reference);
  const textOf = ({ path }: Reference): string => readFileSync(new URL(path, CORPUS), 'utf8');

  it('parses as with the reference: verdict, structure, places, errors', () => {
    assert.ok(references.length > 500);
    for (const reference of references) {
      const { body, diagnostics } = parseConfig({ filename: reference.path, text: textOf(reference) });
      if (reference.ok) {
        assert.deepEqual(diagnostics, [], reference.path);
        assert.equal(sha256(JSON.stringify(structure(body))), reference.structure_sha256, reference.path);
      } else {
        const [first] = diagnostics;
        const { line, column: col } = first!.subject!.start;
        assert.deepEqual({ summary: first!.summary, line, col }, reference.first_error);
        assert.equal(diagnostics.length, reference.errors, reference.path);
      }
    }
  });

  it('is formatted as with the reference, byte for byte', () => {
    for (const reference of references.filter(({ ok }) => ok)) {
      const text = textOf(reference);
      const formatted = format(text);
      assert.equal(sha256(formatted), reference.formatted_sha256, reference.path);
      assert.equal(formatted === text, reference.already_formatted, reference.path);
      assert.equal(format(formatted), formatted, `${reference.path}, twice`);
    }
  });
});
