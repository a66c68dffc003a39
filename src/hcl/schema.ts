import type { Expression } from './ast.ts';
import type { JsonBody } from './json/body.ts';
import type { Body } from './ast.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Range } from './source.ts';

/** A body in either syntax. What it holds is found out with `content`. */
export type AnyBody = Body | JsonBody;

/** What a body may hold; after hcl.BodySchema. */
export interface BodySchema {
  readonly attributes?: readonly AttributeSchema[];
  readonly blocks?: readonly BlockSchema[];
}

export interface AttributeSchema {
  readonly name: string;
  readonly required?: boolean;
}

export interface BlockSchema {
  readonly type: string;
  /** What each of its labels is called, for messages: `['type', 'name']`. */
  readonly labels?: readonly string[];
}

export interface ContentAttribute {
  readonly name: string;
  readonly expression: Expression;
  readonly range: Range;
  readonly nameRange: Range;
}

export interface ContentBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly labelRanges: readonly Range[];
  readonly body: AnyBody;
  /** The block's type and labels with its opening brace: what a message about the block points at. */
  readonly headerRange: Range;
  readonly typeRange: Range;
  /** The whole block. */
  readonly range: Range;
}

/** What of a body fits a schema; after the struct of that name in HashiCorp's library. */
export interface BodyContent {
  /** In source order. */
  readonly attributes: ReadonlyMap<string, ContentAttribute>;
  /** In source order. */
  readonly blocks: readonly ContentBlock[];
  /** Where a message about something that is missing belongs. */
  readonly missingItemRange: Range;
}

export interface ContentResult {
  readonly content: BodyContent;
  readonly diagnostics: Diagnostic[];
}

export interface PartialContentResult extends ContentResult {
  /** What the schema does not speak of. */
  readonly remain: AnyBody;
}

/** The problems of bodies against schemas: code and summary (in HashiCorp's wording; of two, names follow). */
export const CONTENT_PROBLEMS = {
  'missing-required-argument': 'Missing required argument',
  'unsupported-argument': 'Unsupported argument',
  'unsupported-block': 'Unsupported block type',
  'extraneous-label': 'Extraneous label',
  'missing-label': 'Missing label',
  'unexpected-block': 'Unexpected block',
  'json-extraneous-property': 'Extraneous JSON object property',
  'json-duplicate-argument': 'Duplicate argument',
  'json-missing-label': 'Missing block label',
  'json-wrong-type': 'Incorrect JSON value type',
} as const;

export type ContentProblem = keyof typeof CONTENT_PROBLEMS;

export function contentProblem(
  code: ContentProblem,
  detail: string,
  subject: Range,
  more: { summary?: string; context?: Range } = {},
): Diagnostic {
  const { summary = CONTENT_PROBLEMS[code], context } = more;
  return { severity: 'error', code, summary, detail, subject, ...(context && { context }) };
}

/** The same of any syntax: a required argument that is not there. */
export function missingArgument(name: string, subject: Range): Diagnostic {
  return contentProblem(
    'missing-required-argument',
    `The argument "${name}" is required here, but not set.`,
    subject,
  );
}
