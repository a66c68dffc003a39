import type { Expression } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { DYNAMIC_UNKNOWN, mapValue, objectValue, stringValue, unknownValue } from '../hcl/value/construct.ts';
import { sensitive } from '../hcl/value/marks.ts';
import { STRING, mapType } from '../hcl/value/type.ts';
import type { Value } from '../hcl/value/value.ts';
import { binaryUnits } from '../lib/size.ts';
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

/** A body is text that goes into templates; what is larger is a mistake. */
const MOST_BYTES = 16 * 1024 * 1024;

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
  const { mode, signal } = context;
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
  const fetched = await fetchText(url, decoded.config, headers, signal);
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

/** The text, or what happened, in words that follow the address. */
async function fetchText(
  url: string,
  config: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<string | { reason: string }> {
  const method = String(config['method']);
  const body = String(config['request_body']);
  try {
    const response = await fetch(url, {
      method,
      headers,
      body: body === '' || method === 'GET' || method === 'HEAD' ? undefined : body,
      signal: signal ?? null,
    });
    if (!response.ok) {
      return { reason: `answered ${response.status} ${response.statusText}. Check the address.` };
    }
    const bytes = await readAtMost(MOST_BYTES, response);
    if (bytes === undefined) {
      return { reason: `sends more than ${binaryUnits(MOST_BYTES)}, which is too much for a text.` };
    }
    return bytes.toString('utf8');
  } catch (error) {
    signal?.throwIfAborted();
    const cause = (error as Error).cause;
    const why = cause instanceof Error ? cause.message : (error as Error).message;
    return { reason: `could not be fetched: ${why}. Check the address and the network.` };
  }
}

/** The body of an answer; undefined when it is longer, of which the rest is not waited for. */
async function readAtMost(limit: number, { body }: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
