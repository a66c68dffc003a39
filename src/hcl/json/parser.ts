import type { Diagnostic } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import { MAX_DEPTH } from '../syntax/cursor.ts';
import { isDecimal } from '../syntax/number-literal.ts';
import type { SourceText } from '../syntax/source-text.ts';
import type { JsonNode, JsonProperty, JsonString } from './node.ts';
import { JSON_PROBLEMS, type JsonProblem } from './problems.ts';
import { scanJson, type JsonToken } from './scanner.ts';
import { decodeJsonString } from './string.ts';

const VALUE_START =
  'A value starts with a brace, a bracket, a digit, a minus sign, a quotation mark, or is true, false or null.';

/**
 * Parses JSON (RFC 8259) with ranges. The first mistake in an object or array makes it invalid as a whole, and parsing
 * goes on after its end. What follows only from a mistake that has been reported is not reported.
 */
export class JsonParser {
  readonly diagnostics: Diagnostic[] = [];
  private readonly source: SourceText;
  private readonly tokens: readonly JsonToken[];
  private next = 0;
  private depth = 0;
  /** Values are nested too deep. This has been said, and what follows from not reading on is not. */
  private tooDeep = false;

  constructor(source: SourceText) {
    this.source = source;
    this.tokens = scanJson(source.text, source.start);
  }

  /** JSON-text = ws value ws */
  parseText(): JsonNode {
    const value = this.parseValue();
    if (this.diagnostics.length === 0 && this.peek().type !== 'end') {
      this.error(
        'json-extra-data',
        'Nothing may follow the end of the JSON value.',
        this.rangeOf(this.peek()),
      );
    }
    return value;
  }

  private peek(): JsonToken {
    return this.tokens[this.next] as JsonToken;
  }

  private read(): JsonToken {
    const token = this.peek();
    if (this.next < this.tokens.length - 1) this.next++;
    return token;
  }

  private rangeOf(first: JsonToken, last = first): Range {
    return this.source.range(first.start, last.end);
  }

  private error(
    code: JsonProblem,
    detail: string,
    subject: Range,
    summary: string = JSON_PROBLEMS[code],
  ): void {
    if (!this.tooDeep) this.diagnostics.push({ severity: 'error', code, summary, detail, subject });
  }

  /** The error, and what stands for the value that `token` starts. */
  private invalid(
    token: JsonToken,
    code: JsonProblem,
    detail: string,
    at = token,
    summary?: string,
  ): JsonNode {
    this.error(code, detail, this.rangeOf(at), summary);
    return { kind: 'invalid', range: this.rangeOf(token) };
  }

  /** value = false / null / true / object / array / number / string */
  private parseValue(): JsonNode {
    const token = this.peek();
    switch (token.type) {
      case '{':
      case '[':
        return this.parseNested(token);
      case 'number':
        return this.parseNumber();
      case 'string':
        return this.parseString();
      case 'keyword':
        return this.parseKeyword();
      case '}':
        return this.invalid(
          token,
          'json-missing-value',
          `A value is missing before this brace. ${VALUE_START}`,
        );
      case ']':
        return this.invalid(
          token,
          'json-missing-element',
          `A value is missing before this bracket. ${VALUE_START}`,
        );
      case 'end':
        return this.invalid(token, 'json-ends-early', 'A value is expected here, but the text ends.');
      default:
        return this.invalid(token, 'json-invalid-value', this.strangeStart(token) ?? VALUE_START);
    }
  }

  /** What people know from HCL and JavaScript. */
  private strangeStart({ start }: JsonToken): string | undefined {
    const text = this.source.text.slice(start, start + 2);
    if (text.startsWith("'"))
      return 'JSON has no single quotes. Put names and strings in double quotation marks.';
    if (text.startsWith('#') || text === '//' || text === '/*') {
      return 'JSON has no comments. Remove it, or write a property "//" with the text: it is ignored.';
    }
    return undefined;
  }

  private parseNested(token: JsonToken): JsonNode {
    if (this.depth === MAX_DEPTH) {
      const invalid = this.invalid(
        token,
        'json-nesting-too-deep',
        `Values may be nested ${MAX_DEPTH} levels deep.`,
      );
      this.next = this.tokens.length - 1;
      this.tooDeep = true;
      return invalid;
    }
    this.depth++;
    const value = token.type === '{' ? this.parseObject() : this.parseArray();
    this.depth--;
    return value;
  }

  /** object = "{" [ member *( "," member ) ] "}" */
  private parseObject(): JsonNode {
    const open = this.read();
    const properties: JsonProperty[] = [];
    while (this.peek().type !== '}') {
      const property = this.parseMember(open);
      if (!property) return { kind: 'invalid', range: this.rangeOf(open) };
      properties.push(property);
      const token = this.peek();
      if (token.type === '}') break;
      if (token.type !== ',' && property.value.kind === 'invalid') return this.skipInvalid(open, '{', '}');
      if (token.type !== ',') return this.unfinishedObject(open, token);
      this.read();
      if (this.peek().type === '}') {
        const detail = 'JSON has no comma after the last property of an object. Remove it.';
        return this.invalid(open, 'json-trailing-comma', detail, token, 'Trailing comma in object');
      }
    }
    const close = this.read();
    return {
      kind: 'object',
      properties,
      range: this.rangeOf(open, close),
      openRange: this.rangeOf(open),
      closeRange: this.rangeOf(close),
    };
  }

  private unfinishedObject(open: JsonToken, token: JsonToken): JsonNode {
    if (token.type === 'end') return this.invalid(open, 'json-unclosed', 'This brace "{" is not closed.');
    if (token.type === ']') {
      this.read();
      const detail = 'An object is closed with a brace, not with a bracket.';
      return this.invalid(open, 'json-mismatched', detail, token);
    }
    this.skipPast('{', '}', this.read());
    return this.invalid(open, 'json-missing-comma', 'A comma must be between each two properties.', token);
  }

  /** member = string ":" value. Undefined if that fails before its value. */
  private parseMember(open: JsonToken): JsonProperty | undefined {
    const start = this.peek();
    const name = this.parseValue();
    if (name.kind === 'invalid') {
      this.skipInvalid(open, '{', '}');
      return undefined;
    }
    if (name.kind !== 'string') {
      this.error(
        'json-invalid-name',
        'The name of a property must be a string in quotation marks.',
        this.rangeOf(start),
      );
      return undefined;
    }
    const colon = this.read();
    if (colon.type === ':') return { name, value: this.parseValue() };
    this.skipPast('{', '}', colon);
    const property = JSON.stringify(name.value);
    if (colon.type === '}' || colon.type === ',') {
      const detail = `The property ${property} has no value. Write a colon and the value, or make the object an array.`;
      this.invalid(open, 'json-missing-property-value', detail, colon);
    } else {
      const hint = colon.type === '=' ? ' The equals sign is for the native syntax.' : '';
      const detail = `A colon ":" must be between the name ${property} and its value.${hint}`;
      this.invalid(open, 'json-missing-colon', detail, colon);
    }
    return undefined;
  }

  /** array = "[" [ value *( "," value ) ] "]" */
  private parseArray(): JsonNode {
    const open = this.read();
    const elements: JsonNode[] = [];
    while (this.peek().type !== ']') {
      const element = this.parseValue();
      elements.push(element);
      const token = this.peek();
      if (token.type === ']') break;
      if (token.type !== ',' && element.kind === 'invalid') return this.skipInvalid(open, '[', ']');
      if (token.type !== ',') return this.unfinishedArray(open, token);
      this.read();
      if (this.peek().type === ']') {
        const detail = 'JSON has no comma after the last element of an array. Remove it.';
        return this.invalid(open, 'json-trailing-comma', detail, token, 'Trailing comma in array');
      }
    }
    const close = this.read();
    return { kind: 'array', elements, range: this.rangeOf(open, close), openRange: this.rangeOf(open) };
  }

  private unfinishedArray(open: JsonToken, token: JsonToken): JsonNode {
    this.skipPast('[', ']', this.read());
    switch (token.type) {
      case ':':
        return this.invalid(
          open,
          'json-colon-in-array',
          'An array has no names and colons. Use braces for an object.',
          token,
        );
      case 'end':
        return this.invalid(open, 'json-unclosed', 'This bracket "[" is not closed.');
      case '}': {
        const detail = 'An array is closed with a bracket, not with a brace.';
        return this.invalid(open, 'json-mismatched', detail, token, 'Mismatched brackets');
      }
      default:
        return this.invalid(open, 'json-missing-comma', 'A comma must be between each two elements.', token);
    }
  }

  /** The same, after a value that has been reported. */
  private skipInvalid(start: JsonToken, opener: '{' | '[', closer: '}' | ']'): JsonNode {
    this.skipPast(opener, closer, this.read());
    return { kind: 'invalid', range: this.rangeOf(start) };
  }

  /** Skips the rest of an object or array in which there is a mistake, from `token` on. */
  private skipPast(opener: '{' | '[', closer: '}' | ']', token: JsonToken): void {
    let open = 1;
    for (let at = token; at.type !== 'end'; at = this.read()) {
      if (at.type === opener) open++;
      else if (at.type === closer && --open < 1) return;
    }
  }

  private parseNumber(): JsonNode {
    const token = this.read();
    const text = this.source.text.slice(token.start, token.end);
    if (
      /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/.test(text) &&
      isDecimal(text.replace(/^-/, ''))
    ) {
      return { kind: 'number', text, range: this.rangeOf(token) };
    }
    return this.invalid(token, 'json-invalid-number', 'This is no number of JSON, such as -1, 0.5 or 1e6.');
  }

  private parseString(): JsonString | JsonNode {
    const token = this.read();
    const decoded = decodeJsonString(this.source.text.slice(token.start, token.end));
    if ('value' in decoded) {
      const offsetOf = (offset: number): number => token.start + decoded.offsetOf(offset);
      return { kind: 'string', value: decoded.value, offsetOf, range: this.rangeOf(token) };
    }
    const at = token.start + decoded.at;
    this.error('json-invalid-string', decoded.detail, this.source.range(at, Math.min(at + 2, token.end)));
    return { kind: 'invalid', range: this.rangeOf(token) };
  }

  private parseKeyword(): JsonNode {
    const token = this.read();
    const word = this.source.text.slice(token.start, token.end);
    const range = this.rangeOf(token);
    if (word === 'true' || word === 'false') return { kind: 'bool', value: word === 'true', range };
    if (word === 'null') return { kind: 'null', range };
    const hint = didYouMean(word, ['true', 'false', 'null']) || ' Strings are put in quotation marks.';
    return this.invalid(token, 'json-invalid-keyword', `JSON does not know the word "${word}".${hint}`);
  }
}
