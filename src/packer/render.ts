import type { ContentAttribute } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Json } from '../plan/json.ts';
import type { PropertySchema } from '../schema/index.ts';
import {
  NO_VALUE,
  TemplateError,
  checkTemplate,
  missingFields,
  missingText,
  renderTemplate,
} from '../template/index.ts';
import type { DatumMap, TemplateFunctions } from '../template/index.ts';
import type { BlockInput } from './decode.ts';
import { partOf, rangeInText } from './places.ts';
import { problem, warning } from './problems.ts';

/** What `{{ }}` means in a block. */
export interface Renderer {
  readonly functions: TemplateFunctions;
  readonly data: DatumMap;
  /** Replaces in a text that is rendered during the build what only this renderer knows. */
  settle?(text: string): string;
  /** What to write instead of `{{ .FIELD }}` where it has no value; by default HCL's `${build.FIELD}`. */
  adviceOfNoValue?(field: string): string;
}

/** What rendering needs to know of the block. */
export type RenderInput = Pick<BlockInput, 'evidence' | 'sources'> & { readonly renderer: Renderer };

/**
 * Replaces `{{ }}` in every text of an attribute's value, keys included; where the schema says that this happens during
 * the build, only checks the syntax. After an error `json` is undefined.
 */
export function renderAttribute(
  attribute: ContentAttribute,
  property: PropertySchema,
  json: Json,
  sensitive: boolean,
  input: RenderInput,
): { json: Json | undefined; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const later = property['x-template'] === 'run';
  const { functions, data } = input.renderer;

  const report = (error: TemplateError, path: readonly string[]): void => {
    if (sensitive) {
      const detail = `${attribute.name} holds {{ }} that cannot be replaced. What is wrong is not shown, because the value is sensitive.`;
      diagnostics.push(problem('template-call-invalid', detail, attribute.expression.range));
      return;
    }
    const expression = partOf(attribute.expression, path);
    const within = error.line > 1 ? ` (line ${error.line} of the text)` : '';
    const place = rangeInText(expression, error.offset, error.unknownFunction?.length ?? 1, input.sources);
    const values = input.evidence(attribute.expression);
    diagnostics.push(problem('template-call-invalid', error.message + within, place, { values }));
  };
  const renderText = (text: string, path: readonly string[]): string => {
    if (!text.includes('{{')) return text;
    try {
      if (!later) {
        const rendered = renderTemplate(text, data, { functions });
        if (rendered.includes(NO_VALUE) && !text.includes(NO_VALUE)) warnOfNoValue(text, path);
        return rendered;
      }
      const error = checkTemplate(text, { functions });
      if (error) report(error, path);
      else if (!sensitive) diagnostics.push(...missingValues(attribute, property, text, path, input));
      return error ? text : (input.renderer.settle?.(text) ?? text);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      report(error, path);
      return text;
    }
  };
  const warnOfNoValue = (text: string, path: readonly string[]): void => {
    if (sensitive) return;
    const call = /\{\{[^}]*\}\}/.exec(text);
    const range = rangeInText(
      partOf(attribute.expression, path),
      call?.index ?? 0,
      call?.[0].length ?? 1,
      input.sources,
    );
    const field = /\.(\w+)/.exec(call?.[0] ?? '')?.[1] ?? 'ID';
    const advice =
      input.renderer.adviceOfNoValue?.(field) ??
      `Values of the build are written \${build.${field}} in provisioners and post-processors.`;
    const detail = `${call?.[0] ?? 'A value in it'} has no value here and becomes "${NO_VALUE}". ${advice}`;
    diagnostics.push(warning('template-value-missing', detail, range));
  };
  const render = (part: Json, path: readonly string[]): Json => {
    if (typeof part === 'string') return renderText(part, path);
    if (Array.isArray(part)) {
      return (part as readonly Json[]).map((element, at) => render(element, [...path, String(at)]));
    }
    if (typeof part === 'object' && part !== null) {
      return Object.fromEntries(
        Object.entries(part as Record<string, Json>).map(([key, entry]) => [
          renderText(key, [...path, key]),
          render(entry, [...path, key]),
        ]),
      );
    }
    return part;
  };
  const result = render(json, []);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return { json: failed ? undefined : result, diagnostics };
}

/** The names in a text that is rendered during the build for which it will have no value. */
function missingValues(
  { expression }: ContentAttribute,
  property: PropertySchema,
  text: string,
  path: readonly string[],
  { renderer, sources }: RenderInput,
): Diagnostic[] {
  const names = property['x-template-data'] ?? [];
  const missing = names.length === 0 ? [] : missingFields(text, names, { functions: renderer.functions });
  return missing.map((field) => {
    const range = rangeInText(partOf(expression, path), field.offset, field.name.length + 1, sources);
    return warning('template-value-missing', missingText(field, names), range);
  });
}
