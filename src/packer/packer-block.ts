import type { ContentAttribute, ContentBlock } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/eval/evaluate.ts';
import { UNKNOWN_TEXT, valueToJson } from './schema-values.ts';
import { contentOf } from './bodies.ts';
import type { RequiredPlugin } from './configuration.ts';
import { PACKER_VERSION } from '../template/index.ts';
import { literalText, partOf } from './places.ts';
import { problem } from './problems.ts';
import { satisfies } from './version-constraint.ts';

export interface Requirements {
  readonly version: string | undefined;
  readonly plugins: readonly RequiredPlugin[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the `packer` blocks: which version of the language they want, and which plugins. */
export function readRequirements(blocks: readonly ContentBlock[]): Requirements {
  const diagnostics: Diagnostic[] = [];
  const plugins: RequiredPlugin[] = [];
  let version: string | undefined;
  for (const block of blocks) {
    const content = contentOf(block.body, {
      attributes: ['required_version'],
      blocks: { required_plugins: [] },
    });
    diagnostics.push(...content.diagnostics);
    version = readVersion(content.attributes.get('required_version'), diagnostics) ?? version;
    for (const inner of content.blocks) {
      const entries = contentOf(inner.body, { attributes: 'any', blocks: {} });
      diagnostics.push(...entries.diagnostics);
      for (const entry of entries.attributes.values()) plugins.push(readPlugin(entry, diagnostics));
    }
  }
  return { version, plugins, diagnostics };
}

function readVersion(attribute: ContentAttribute | undefined, diagnostics: Diagnostic[]): string | undefined {
  if (!attribute) return undefined;
  const { expression } = attribute;
  const text = literalText(expression);
  const fits = text === undefined ? undefined : satisfies(PACKER_VERSION, text);
  if (fits === undefined) {
    const detail = 'required_version must be a constraint written out, such as ">= 1.7.0" or "~> 1.9".';
    diagnostics.push(problem('packer-version-invalid', detail, expression.range));
  } else if (!fits) {
    const detail = `The template asks for Packer ${text}, and vmm-hcl reads the language of Packer ${PACKER_VERSION}. Widen the constraint if the template needs nothing else.`;
    diagnostics.push(problem('packer-version-unsupported', detail, expression.range));
  }
  return text;
}

/** `name = { version = "…", source = "…" }`. Nothing needs to be installed: the form is checked, and that is all. */
function readPlugin(
  { name, nameRange, expression }: ContentAttribute,
  diagnostics: Diagnostic[],
): RequiredPlugin {
  const { value, diagnostics: found } = evaluate(expression, {});
  diagnostics.push(...found);
  const json = valueToJson(value);
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
  const field = (key: string): string | undefined => {
    const text = isObject ? (json as Record<string, unknown>)[key] : undefined;
    return typeof text === 'string' ? text : undefined;
  };
  const version = field('version') ?? (typeof json === 'string' ? json : undefined);
  const source = field('source');
  if (found.length > 0) return { name, source, version };
  if (isObject && source === undefined) {
    const detail = `The plugin "${name}" needs a source: ${name} = { version = ">= 1.0.0", source = "github.com/OWNER/${name}" }.`;
    diagnostics.push(problem('plugin-requirement-invalid', detail, nameRange));
  } else if (!isObject && version === undefined) {
    const detail = `A plugin is required with a version and a source: ${name} = { version = ">= 1.0.0", source = "github.com/OWNER/${name}" }.`;
    diagnostics.push(problem('plugin-requirement-invalid', detail, nameRange));
  }
  if (
    version !== undefined &&
    version !== '' &&
    version !== UNKNOWN_TEXT &&
    satisfies('0.0.0', version) === undefined
  ) {
    const detail = `"${version}" is no version constraint for the plugin "${name}". Write for example ">= 1.0.0".`;
    diagnostics.push(problem('plugin-requirement-invalid', detail, partOf(expression, ['version']).range));
  }
  return { name, source, version };
}
