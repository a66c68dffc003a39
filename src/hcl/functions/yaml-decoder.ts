import type * as Yaml from 'yaml';
import { isNull } from '../value/access.ts';
import { objectValue, stringValue, tupleValue } from '../value/construct.ts';
import { STRING } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { convertTo } from './conversion.ts';
import { lazily } from './lazy.ts';
import { FunctionError } from './spec.ts';
import { indentContinuations } from './yaml-continuation.ts';
import { resolveScalar } from './yaml-scalar.ts';

const yaml = lazily<typeof Yaml>('yaml');

/** Aliases can make a short text stand for a huge value; this many nodes in all is the limit. */
const MOST_NODES = 1_000_000;

/** Control characters, which YAML allows as escapes only. */
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Reads one YAML document, with the meaning of plain scalars that Packer's `yamldecode` has (see yaml-scalar.ts).
 * @throws FunctionError telling the place of a mistake, but nothing of the text, which may be secret
 */
export function decodeYaml(source: string): Value {
  const forbidden = FORBIDDEN.exec(source);
  if (forbidden !== null) throw invalid(source, forbidden.index);
  // A byte order mark is no part of the text; CR LF, CR and U+0085 are line breaks in YAML 1.1.
  let text = source.replace(/^\ufeff/, '').replace(/\r\n?|\u0085/g, '\n');
  let [document, second] = parse(text);
  const [mistake] = document?.errors ?? [];
  if (mistake !== undefined) {
    const indented = indentContinuations(text);
    [document, second] = parse(indented);
    if (document?.errors.length !== 0) throw invalid(text, mistake.pos[0]);
    text = indented;
  }
  if (document === undefined || isEmpty(document))
    throw new FunctionError('the YAML has no document with a value');
  if (second !== undefined) throw new FunctionError('the YAML has more than one document');
  return new Decoder(text).value(document.contents);
}

function parse(text: string): readonly Yaml.Document.Parsed[] {
  const documents = yaml().parseAllDocuments(text, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    strict: false,
  });
  return Array.isArray(documents) ? documents : [];
}

/** True for a stream without even the mark of a document. */
function isEmpty(document: Yaml.Document.Parsed): boolean {
  const content = document.contents;
  return (
    document.errors.length === 0 &&
    document.directives.docStart !== true &&
    (content === null || (yaml().isScalar(content) && content.range?.[0] === content.range?.[1])) &&
    content?.tag === undefined &&
    content?.anchor === undefined
  );
}

function invalid(text: string, offset: number): FunctionError {
  const lines = text.slice(0, offset).split('\n');
  return new FunctionError(
    `the text is not valid YAML at line ${lines.length}, column ${lines.at(-1)!.length + 1}`,
  );
}

/** An anchored value and the number of nodes in it; no value while it is still being read. */
interface Anchored {
  readonly value: Value | undefined;
  readonly nodes: number;
}

class Decoder {
  readonly #text: string;
  readonly #anchors = new Map<string, Anchored>();
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(node: unknown): Value {
    this.#count(1);
    if (yaml().isAlias(node)) return this.#alias(node);
    if (!yaml().isNode(node)) return this.#resolve('', '', false) as Value;
    const before = this.#nodes;
    const anchor = node.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, { value: undefined, nodes: 0 });
    const value = this.#content(node);
    if (anchor !== undefined) this.#anchors.set(anchor, { value, nodes: this.#nodes - before });
    return value;
  }

  #content(node: Yaml.Node): Value {
    if (yaml().isMap(node)) return this.#mapping(node);
    if (yaml().isSeq(node)) {
      this.#checkTag(node, 'seq');
      return tupleValue(node.items.map((item) => this.value(item)));
    }
    return this.#scalar(node as Yaml.Scalar);
  }

  #scalar(node: Yaml.Scalar): Value {
    const tag = this.#tagOf(node);
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    const text = isBlock ? this.#blockText(node) : textOf(node);
    const value = this.#resolve(text, tag, isQuoted(node), node);
    if (value === 'merge') return stringValue(text);
    // A block without a tag is a string, even if it reads like a number; but as what it reads.
    return isBlock && tag === '' ? convertTo(value, STRING) : value;
  }

  /** A block has no line break at its end if the text has none there, whatever its header says. */
  #blockText(node: Yaml.Scalar): string {
    const text = textOf(node);
    const cutOff = (node.range?.[1] ?? 0) >= this.#text.length && /\S[^\n]*$/.test(this.#text);
    return cutOff ? text.replace(/\n$/, '') : text;
  }

  #mapping(node: Yaml.YAMLMap): Value {
    this.#checkTag(node, 'map');
    const entries = new Map<string, Value>();
    for (const { key, value } of node.items) {
      const name = this.#key(key);
      const content = this.value(value);
      if (name !== 'merge') {
        entries.set(asText(name), content);
        continue;
      }
      if (content.type.kind !== 'object' || !(content.content instanceof Map)) {
        throw new FunctionError('a "<<" in the YAML has a value that is no mapping');
      }
      for (const [inner, own] of content.content as ReadonlyMap<string, Value>) entries.set(inner, own);
    }
    return objectValue(entries);
  }

  #key(key: unknown): Value | 'merge' {
    this.#count(1);
    if (key !== null && key !== undefined && !yaml().isScalar(key)) {
      throw new FunctionError('a key in the YAML is no scalar');
    }
    const node = key as Yaml.Scalar | null | undefined;
    const name = node
      ? this.#resolve(textOf(node), this.#tagOf(node), isQuoted(node), node)
      : this.#resolve('', '', false);
    if (name !== 'merge' && isNull(name)) throw new FunctionError('a key in the YAML is null');
    return name;
  }

  /** The tag as a URI. The library does not tell of the tag `!`, which no scalar can have here. */
  #tagOf(node: Yaml.Node): string {
    return node.tag ?? (this.#followsBareTag(node.range?.[0] ?? 0) ? '!' : '');
  }

  /** Whether `!`, maybe with an anchor after it, stands before an offset. Looks back word by word: lines may be very long. */
  #followsBareTag(offset: number): boolean {
    const word = this.#wordBefore(offset);
    const tag = word?.text.startsWith('&') ? this.#wordBefore(word.start) : word;
    return tag !== undefined && /(?:^|[,[{])!$/.test(tag.text);
  }

  /** What stands between blanks before an offset; undefined if no blank is right before it. */
  #wordBefore(offset: number): { readonly start: number; readonly text: string } | undefined {
    const isBlank = (at: number): boolean => /[ \t]/.test(this.#text.charAt(at));
    let end = offset;
    while (isBlank(end - 1)) end -= 1;
    if (end === offset) return undefined;
    let start = end;
    while (start > 0 && !/\s/.test(this.#text.charAt(start - 1))) start -= 1;
    return { start, text: this.#text.slice(start, end) };
  }

  #resolve(text: string, tag: string, quoted: boolean, node?: Yaml.Node): Value | 'merge' {
    try {
      return resolveScalar(text, tag, quoted);
    } catch (error) {
      const line = this.#text.slice(0, node?.range?.[0] ?? 0).split('\n').length;
      throw new FunctionError(`in line ${line} of the YAML, ${(error as Error).message}`);
    }
  }

  #alias(node: Yaml.Alias): Value {
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined) throw new FunctionError('an alias in the YAML has no anchor before it');
    if (anchored.value === undefined)
      throw new FunctionError('an alias in the YAML stands within its own anchor');
    this.#count(anchored.nodes);
    return anchored.value;
  }

  #checkTag(node: Yaml.YAMLMap | Yaml.YAMLSeq, wanted: string): void {
    if (node.tag !== undefined && node.tag !== `tag:yaml.org,2002:${wanted}`) {
      throw new FunctionError('a collection in the YAML has a tag that does not fit it');
    }
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > MOST_NODES)
      throw new FunctionError(`the YAML stands for more than ${MOST_NODES} nodes`);
  }
}

function textOf(node: Yaml.Scalar): string {
  return typeof node.value === 'string' ? node.value : '';
}

function isQuoted(node: Yaml.Scalar): boolean {
  return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
}

function asText(name: Value): string {
  return convertTo(name, STRING).content as string;
}
