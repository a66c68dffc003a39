import type { Expression } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { DYNAMIC_UNKNOWN, mapValue, objectValue, stringValue, unknownValue } from '../hcl/value/construct.ts';
import { sensitive } from '../hcl/value/marks.ts';
import { STRING, mapType } from '../hcl/value/type.ts';
import type { Value } from '../hcl/value/value.ts';
import { contentOf, splitBody } from './bodies.ts';
import type { DataDeclaration } from './configuration.ts';
import { attributesOfSchema, decodeBlock } from './decode.ts';
import type { DecodedBlock } from './decode.ts';
import { cacheDirectory } from './paths.ts';
import { cachedKey } from './ssh-key.ts';
import type { Evaluator } from './evaluator.ts';
import { problem } from './problems.ts';
import type { Renderer } from './render.ts';

export interface DataContext {
  readonly evaluator: Evaluator;
  readonly renderer: Renderer;
  readonly sources: ReadonlyMap<string, string>;
  /** `skip`: the outputs stay unknown, as in Packer while validating. */
  readonly mode: 'run' | 'skip';
  readonly signal: AbortSignal | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Evaluates a `data` block to its outputs. */
export async function evaluateDataSource(
  data: DataDeclaration,
  context: DataContext,
): Promise<{ value: Value; diagnostics: Diagnostic[] }> {
  if (data.type === 'null') return evaluateNull(data, context);
  if (data.type === 'http') return evaluateHttp(data, context);
  if (data.type === 'sshkey') return evaluateSshKey(data, context);
  const detail = `Data sources of type "${data.type}" come from plugins of Packer and do not exist here; the types here are http, null and sshkey. What depends on it is not judged and cannot be built.`;
  return {
    value: DYNAMIC_UNKNOWN,
    diagnostics: [
      problem('data-unsupported', detail, data.block.labelRanges[0], {
        severity: context.mode === 'run' ? 'error' : 'warning',
      }),
    ],
  };
}

/** What the outputs of a data source are made of, as far as we know its type. */
export function expressionsOfData({ type, block }: DataDeclaration): Expression[] {
  const names = type === 'null' ? ['input'] : attributesOfSchema(`data-${type}`);
  return splitBody(block.body, names).known.map(({ expression }) => expression);
}

/** `data "null"`: its output is its input, of any type. */
function evaluateNull(
  { block }: DataDeclaration,
  { evaluator }: DataContext,
): { value: Value; diagnostics: Diagnostic[] } {
  const content = contentOf(block.body, {
    attributes: ['input'],
    required: ['input'],
    blocks: {},
    missingRange: block.headerRange,
  });
  const input = content.attributes.get('input');
  if (!input) return { value: DYNAMIC_UNKNOWN, diagnostics: [...content.diagnostics] };
  const { value, diagnostics } = evaluator.evaluate(input.expression);
  return {
    value: objectValue(new Map([['output', value]])),
    diagnostics: [...content.diagnostics, ...diagnostics],
  };
}

function decodeData({ block, type, name }: DataDeclaration, context: DataContext): DecodedBlock {
  const { evaluator, renderer, sources } = context;
  const schema = `data-${type}`;
  return decodeBlock({
    schema,
    title: `data "${type}" "${name}"`,
    headerRange: block.headerRange,
    body: splitBody(block.body, attributesOfSchema(schema)),
    evaluate: (attribute) => evaluator.evaluate(attribute.expression),
    evidence: (expression) => evaluator.evidence(expression),
    renderer,
    sources,
  });
}

/** `data "sshkey"`: a key pair from the cache. Its private half stays in its file. */
function evaluateSshKey(
  data: DataDeclaration,
  context: DataContext,
): { value: Value; diagnostics: Diagnostic[] } {
  const decoded = decodeData(data, context);
  const diagnostics = [...decoded.diagnostics];
  const output = (publicKey: Value, path: Value): Value =>
    objectValue(
      new Map([
        ['public_key', publicKey],
        ['private_key_path', path],
      ]),
    );
  const unknown = output(unknownValue(STRING), unknownValue(STRING));
  if (context.mode === 'skip' || hasErrors(diagnostics)) return { value: unknown, diagnostics };
  try {
    const type = decoded.config['type'] as 'rsa' | 'ecdsa' | 'ed25519';
    const key = cachedKey(String(decoded.config['name']), type, cacheDirectory(context.env, 'packer'));
    return { value: output(stringValue(key.publicKey), stringValue(key.privateKeyPath)), diagnostics };
  } catch (error) {
    const detail = `The key pair could not be made or read: ${(error as Error).message}`;
    return {
      value: unknown,
      diagnostics: [...diagnostics, problem('data-failed', detail, data.block.headerRange)],
    };
  }
}

async function evaluateHttp(
  data: DataDeclaration,
  context: DataContext,
): Promise<{ value: Value; diagnostics: Diagnostic[] }> {
  const { mode, signal, env } = context;
  const decoded = decodeData(data, context);
  const diagnostics = [...decoded.diagnostics];
  const headers = decoded.config['request_headers'] as Record<string, string>;
  const isSecret = (name: string) => decoded.given.get(name)?.sensitive === true;
  // What goes in secret comes out secret: a token in the headers, or in the address.
  const hide = (name: string, value: Value) => (isSecret(name) ? sensitive(value) : value);
  const output = (url: Value, body: Value, sent: Value): Value =>
    objectValue(
      new Map([
        ['url', hide('url', url)],
        ['body', body],
        ['request_headers', hide('request_headers', sent)],
      ]),
    );
  const unknown = output(unknownValue(STRING), unknownValue(STRING), unknownValue(mapType(STRING)));
  if (mode === 'skip' || hasErrors(diagnostics)) return { value: unknown, diagnostics };
  const url = String(decoded.config['url']);
  const { fetchText } = await import('./fetch-text.ts');
  const fetched = await fetchText(
    url,
    { method: String(decoded.config['method']), headers, body: String(decoded.config['request_body']) },
    env,
    signal,
  );
  if (typeof fetched !== 'string') {
    const { reason } = fetched;
    const detail = isSecret('url')
      ? 'Its address, which is sensitive, gave no text. Check it, and the network.'
      : `${url} ${reason}`;
    diagnostics.push(problem('data-failed', detail, decoded.rangeOf('url')));
    return { value: unknown, diagnostics };
  }
  const sent = new Map(Object.entries(headers).map(([key, text]) => [key, stringValue(text)]));
  return { value: output(stringValue(url), stringValue(fetched), mapValue(sent, STRING)), diagnostics };
}
