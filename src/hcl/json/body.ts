import type { Diagnostic } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { SourceText } from '../syntax/source-text.ts';
import type { JsonNode } from './node.ts';
import { JsonParser } from './parser.ts';
import { JSON_PROBLEMS } from './problems.ts';

/** A body in the JSON syntax: an object, or an array of objects whose properties count as those of one. */
export interface JsonBody {
  readonly kind: 'JsonBody';
  readonly value: JsonNode;
  readonly source: SourceText;
  /** Properties that a partial reading of the body has taken already. */
  readonly taken: ReadonlySet<string>;
}

/** Parses a configuration file in the JSON syntax. */
export function parseJsonConfig(source: Source): { body: JsonBody; diagnostics: Diagnostic[] } {
  const text = new SourceText(source);
  const parser = new JsonParser(text);
  const value = parser.parseText();
  const { diagnostics } = parser;
  if (value.kind === 'object' || value.kind === 'array') return { body: jsonBody(value, text), diagnostics };

  if (value.kind !== 'invalid') {
    const code = 'json-root-not-object';
    const detail = 'A configuration in JSON must be an object, or an array of objects.';
    diagnostics.push({ severity: 'error', code, summary: JSON_PROBLEMS[code], detail, subject: value.range });
  }
  return { body: jsonBody({ kind: 'null', range: value.range }, text), diagnostics };
}

export function jsonBody(value: JsonNode, source: SourceText): JsonBody {
  return { kind: 'JsonBody', value, source, taken: new Set() };
}
