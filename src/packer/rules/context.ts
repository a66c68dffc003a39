import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { Range } from '../../hcl/source.ts';
import type { Json } from '../../plan/json.ts';
import type { LoadOptions } from '../api.ts';
import type { DecodedBlock } from '../decode.ts';
import type { SourceTexts } from '../places.ts';
import { problem } from '../problems.ts';
import type { PackerProblem } from '../problem-summaries.ts';
import type { ProblemOptions } from '../problems.ts';

/** What the rules of a vmm source look at. */
export interface RuleContext {
  readonly block: DecodedBlock;
  readonly title: string;
  readonly headerRange: Range;
  readonly cwd: string;
  readonly missingFiles: LoadOptions['missingFiles'];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sources: SourceTexts;
  /** The build is about to run here, so what this host lacks is an error. */
  readonly runsHere: boolean;
}

/** The value of an attribute that was given and is fully known. */
export function known({ block }: RuleContext, name: string): Json | undefined {
  const decoded = block.given.get(name);
  return decoded && !decoded.unknown && decoded.json !== '' ? decoded.json : undefined;
}

/** How a message calls the value of an attribute. */
export function shown({ block }: RuleContext, name: string): string {
  const decoded = block.given.get(name);
  return decoded?.sensitive ? 'a sensitive value' : String(decoded?.json ?? '');
}

/** True when the attribute is missing altogether, not just unusable. */
export function isAbsent({ block }: RuleContext, name: string): boolean {
  return !block.bad.has(name) && (!block.given.has(name) || block.given.get(name)?.json === '');
}

/** A problem at an attribute, with the values that its expression is made of. */
export function at(
  { block }: RuleContext,
  name: string,
  code: PackerProblem,
  detail: string,
  { range, ...options }: ProblemOptions & { readonly range?: Range } = {},
): Diagnostic {
  const attribute = block.given.get(name)?.attribute;
  const values = attribute && block.evidence(attribute.expression);
  return problem(code, detail, range ?? block.rangeOf(name), { values, ...options });
}
