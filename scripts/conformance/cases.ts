// The form of conformance cases: one JSON object a line, with numbers that no double may touch.
import { readFileSync } from 'node:fs';
import type { ExactJson } from '../../src/hcl/value/json.ts';

export interface ExpectedDiagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly line: number;
  readonly col: number;
}

export interface ConformanceCase {
  readonly id: string;
  readonly group: string;
  readonly kind: 'expr' | 'template' | 'body' | 'format';
  readonly vars?: string;
  readonly src: string;
  /** `ok`, and by kind `type` and `value`, `text`, `body`, or `diagnostics`. */
  readonly expect: ReadonlyMap<string, ExactJson>;
}

/** Reads a file of cases. */
export function readCases(file: string): ConformanceCase[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const fields = parseExactJson(line) as ReadonlyMap<string, ExactJson>;
      return Object.fromEntries(fields) as unknown as ConformanceCase;
    });
}

const SCALARS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Parses JSON, keeping numbers as text and objects as maps. */
export function parseExactJson(text: string): ExactJson {
  const tagged = text.replace(SCALARS, (scalar) =>
    scalar.startsWith('"') ? `"s${scalar.slice(1)}` : `"n${scalar}"`,
  );
  return untag(JSON.parse(tagged));
}

function untag(json: unknown): ExactJson {
  if (json === null || typeof json === 'boolean') return json;
  if (typeof json === 'string') return json.startsWith('s') ? json.slice(1) : { number: json.slice(1) };
  if (Array.isArray(json)) return json.map(untag);
  return new Map(Object.entries(json as object).map(([key, value]) => [key.slice(1), untag(value)]));
}

/** Exact JSON as JavaScript has it, for parts whose numbers are small. */
export function plain(json: ExactJson): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return (json as readonly ExactJson[]).map(plain);
  if (json instanceof Map) {
    return Object.fromEntries([...(json as ReadonlyMap<string, ExactJson>)].map(([k, v]) => [k, plain(v)]));
  }
  return Number((json as { number: string }).number);
}
