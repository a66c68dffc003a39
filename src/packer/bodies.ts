import { content } from '../hcl/content.ts';
import { justAttributes, partialContent } from '../hcl/content.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { missingArgument } from '../hcl/schema.ts';
import type { AnyBody, ContentAttribute, ContentBlock } from '../hcl/schema.ts';
import type { Range } from '../hcl/source.ts';
import { placeOf } from './foreign-options.ts';

/** What a body may hold. */
export interface BodyShape {
  /** Names of attributes; `any`: whatever is there, and no blocks. */
  readonly attributes: readonly string[] | 'any';
  readonly required?: readonly string[];
  /** Types of blocks, each with the names of its labels. */
  readonly blocks: Readonly<Record<string, readonly string[]>>;
  /** Where a missing attribute is reported: the header of the block. */
  readonly missingRange?: Range;
}

export interface ShapedContent {
  readonly attributes: ReadonlyMap<string, ContentAttribute>;
  /** In source order, only those of the shape with the right labels. */
  readonly blocks: readonly ContentBlock[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Sorts the items of a body after a shape and reports what does not fit it; a misspelt required name only once. */
export function contentOf(body: AnyBody, shape: BodyShape): ShapedContent {
  if (shape.attributes === 'any') {
    const { content: all, diagnostics } = justAttributes(body);
    return { attributes: all.attributes, blocks: [], diagnostics };
  }
  const result = content(body, {
    attributes: shape.attributes.map((name) => ({ name })),
    blocks: Object.entries(shape.blocks).map(([type, labels]) => ({ type, labels })),
  });
  const { attributes, blocks, missingItemRange } = result.content;
  const diagnostics = result.diagnostics.filter(
    // What is no object has no names either.
    ({ code }, at, all) => !(code === 'json-missing-label' && all[at - 1]?.code === 'json-wrong-type'),
  );
  const misspelt = new Set(
    diagnostics.flatMap(({ detail }) => /Did you mean "(.*?)"/.exec(detail)?.[1] ?? []),
  );
  // One list of all that is allowed is short enough here, unlike those of the schemas.
  const names = shape.attributes;
  const advised = diagnostics.map((one) => advise(one, names, shape.blocks));
  for (const name of shape.required ?? []) {
    if (attributes.has(name) || misspelt.has(name)) continue;
    advised.push(missingArgument(name, shape.missingRange ?? missingItemRange));
  }
  return { attributes, blocks, diagnostics: advised };
}

/** What is at a wrong place is told the right one, and what is nowhere right what there is. */
function advise(one: Diagnostic, attributes: readonly string[], blocks: BodyShape['blocks']): Diagnostic {
  const [, name] =
    /^There (?:is no argument|are no) "([^"]*)"(?: blocks)? here\.(?: Did you mean .*)?$/.exec(one.detail) ??
    [];
  if (name === undefined) return one;
  const place = placeOf(name);
  if (place !== undefined)
    return { ...one, detail: `${one.detail.replace(/ Did you mean .*$/, '')} ${place}` };
  if (one.detail.includes('Did you mean')) return one;
  const allowed =
    one.code === 'unsupported-block' ? Object.keys(blocks).filter((type) => type !== 'dynamic') : attributes;
  if (allowed.length === 0) return one;
  const what = one.code === 'unsupported-block' ? 'blocks' : 'arguments';
  return { ...one, detail: `${one.detail} The ${what} here are ${allowed.join(', ')}.` };
}

/** The items of a body for which a schema has names, and the others. */
export interface SplitBody {
  readonly known: readonly ContentAttribute[];
  readonly unknown: readonly ContentAttribute[];
  readonly blocks: readonly { readonly type: string; readonly typeRange: Range }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Takes the attributes with these names out of a body in either syntax. */
export function splitBody(body: AnyBody, names: readonly string[]): SplitBody {
  const {
    content: found,
    remain,
    diagnostics,
  } = partialContent(body, {
    attributes: names.map((name) => ({ name })),
  });
  const known = [...found.attributes.values()];
  if (remain.kind === 'Body') {
    const attributes = remain.items.filter((item) => item.kind === 'Attribute');
    const blocks = remain.items.filter((item) => item.kind === 'Block');
    return { known, unknown: attributes, blocks, diagnostics };
  }
  const rest = justAttributes(remain);
  return {
    known,
    unknown: [...rest.content.attributes.values()],
    blocks: [],
    diagnostics: [...diagnostics, ...rest.diagnostics],
  };
}
