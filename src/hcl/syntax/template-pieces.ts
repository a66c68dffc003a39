import type { Expression, Template, TemplateLiteral, TemplatePart } from '../ast.ts';
import { graphemeCount } from '../graphemes.ts';
import type { Range } from '../source.ts';
import { compact } from './compact.ts';
import { spaceLength } from './characters.ts';
import type { SyntaxProblem } from './problems.ts';
import type { SourceText } from './source-text.ts';
import { dropClusters } from './string-literal.ts';

/* A template is first read as a flat list of pieces; flush heredocs are trimmed there, and directives matched after. */

export interface LiteralPiece {
  readonly type: 'literal';
  value: string;
  start: number;
  end: number;
}

export type Piece =
  | LiteralPiece
  | { readonly type: 'expression'; readonly expression: Expression }
  | { readonly type: 'if'; readonly condition: Expression; readonly start: number; readonly end: number }
  | {
      readonly type: 'for';
      readonly keyName: string | undefined;
      readonly valueName: string;
      readonly collection: Expression;
      readonly start: number;
      readonly end: number;
    }
  | { readonly type: 'else' | 'endif' | 'endfor' | 'end'; readonly start: number; readonly end: number };

/**
 * Removes from the lines of a `<<-` heredoc the indentation that they all share. Blank lines do not count, and a line
 * that starts with a sequence has none. Only literals at the start of a line are looked at, after strip markers have
 * been applied, so what a line is follows from the pieces, not from the source.
 */
export function flushHeredoc(pieces: readonly Piece[]): void {
  let shared = Infinity;
  let lineStart = true;
  const indented: LiteralPiece[] = [];
  for (const piece of pieces) {
    if (lineStart && piece.type === 'literal') {
      const space = spaceLength(piece.value);
      if (space < piece.value.length || !piece.value.endsWith('\n')) {
        shared = Math.min(shared, graphemeCount(piece.value.slice(0, space)));
        indented.push(piece);
      }
    } else if (lineStart && piece.type !== 'end') {
      shared = 0;
    }
    lineStart = piece.type === 'literal' && piece.value.endsWith('\n');
  }
  for (const piece of indented) {
    const flushed = dropClusters(piece.value, shared);
    piece.start += piece.value.length - flushed.length;
    piece.value = flushed;
  }
}

/** Joins literals that follow one another. */
export function joinLiterals(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (piece.type === 'literal' && last?.type === 'literal') {
      last.value += piece.value;
      last.end = piece.end;
    } else {
      joined.push(piece);
    }
  }
  return joined;
}

/** How a `PieceTree` reports what it finds. */
export interface PieceReporter {
  error(code: SyntaxProblem, detail: string, subject: Range, more?: { summary?: string }): void;
  /** Says where an offset is. */
  place(offset: number): string;
  /** Goes one level deeper, or reports that this is too deep. */
  descend(): boolean;
  ascend(): void;
}

/** Makes a tree of the pieces of a template by matching its directives. */
export class PieceTree {
  private readonly pieces: readonly Piece[];
  private readonly source: SourceText;
  private readonly reporter: PieceReporter;
  private next = 0;

  constructor(pieces: readonly Piece[], source: SourceText, reporter: PieceReporter) {
    this.pieces = pieces;
    this.source = source;
    this.reporter = reporter;
  }

  /** Template = ( TemplateLiteral | TemplateInterpolation | TemplateDirective )* */
  parts(): TemplatePart[] {
    const parts: TemplatePart[] = [];
    while (this.peek().type !== 'end') parts.push(this.part());
    return compact(parts);
  }

  private peek(): Piece {
    return this.pieces[this.next] as Piece;
  }

  private part(): TemplatePart {
    const piece = this.peek();
    this.next++;
    switch (piece.type) {
      case 'literal':
        return this.literal(piece.value, piece.start, piece.end);
      case 'expression':
        return piece.expression;
      case 'if':
      case 'for':
        return this.nested(piece);
      default:
        return this.unexpected(piece.type, 'It belongs to no "if" or "for" directive before it.', piece);
    }
  }

  private nested(piece: Piece & { type: 'if' | 'for' }): TemplatePart {
    if (!this.reporter.descend()) {
      this.next = this.pieces.length - 1;
      return this.invalid(piece);
    }
    const part = piece.type === 'if' ? this.templateIf(piece) : this.templateFor(piece);
    this.reporter.ascend();
    return part;
  }

  /** TemplateIf = "%{" "if" Expression "}" Template ( "%{" "else" "}" Template )? "%{" "endif" "}" */
  private templateIf(open: Piece & { type: 'if' }): TemplatePart {
    const branches: TemplatePart[][] = [[]];
    for (;;) {
      const piece = this.peek();
      if (piece.type === 'end') return this.unclosed('if', open, piece);
      if (piece.type === 'else' && branches.length === 1) {
        this.next++;
        branches.push([]);
      } else if (piece.type === 'endif') {
        this.next++;
        const [then = [], otherwise = []] = branches;
        return {
          kind: 'TemplateIf',
          condition: open.condition,
          then: this.content(then, open.end),
          otherwise: this.content(otherwise, piece.start),
          range: this.source.range(open.start, piece.end),
        };
      } else if (piece.type === 'else') {
        this.next++;
        const detail = `The "if" directive at ${this.reporter.place(open.start)} has an "else" already.`;
        return this.unexpected('else', detail, piece);
      } else if (piece.type === 'endfor') {
        this.next++;
        const detail = `The "if" directive at ${this.reporter.place(open.start)} must be ended with "%{ endif }" first.`;
        return this.unexpected('endfor', detail, piece);
      } else {
        (branches.at(-1) as TemplatePart[]).push(this.part());
      }
    }
  }

  /** TemplateFor = "%{" "for" Identifier ( "," Identifier )? "in" Expression "}" Template "%{" "endfor" "}" */
  private templateFor(open: Piece & { type: 'for' }): TemplatePart {
    const content: TemplatePart[] = [];
    for (;;) {
      const piece = this.peek();
      if (piece.type === 'end') return this.unclosed('for', open, piece);
      if (piece.type === 'endfor') {
        this.next++;
        return {
          kind: 'TemplateFor',
          keyName: open.keyName,
          valueName: open.valueName,
          collection: open.collection,
          content: this.content(content, open.end),
          range: this.source.range(open.start, piece.end),
          openRange: this.source.range(open.start, open.end),
          closeRange: this.source.range(piece.start, piece.end),
        };
      }
      if (piece.type === 'else' || piece.type === 'endif') {
        this.next++;
        const where = this.reporter.place(open.start);
        const detail =
          piece.type === 'else'
            ? `The "for" directive at ${where} can have no "else".`
            : `The "for" directive at ${where} must be ended with "%{ endfor }" first.`;
        return this.unexpected(piece.type, detail, piece);
      }
      content.push(this.part());
    }
  }

  /** The inside of a directive; if it is empty, an empty literal at `offset`. */
  private content(parts: TemplatePart[], offset: number): Template {
    const first = parts[0];
    const last = parts.at(-1);
    if (first && last)
      return {
        kind: 'Template',
        form: 'content',
        parts: compact(parts),
        range: this.source.between(first.range, last.range),
      };
    const empty = this.literal('', offset, offset);
    return { kind: 'Template', form: 'content', parts: [empty], range: empty.range };
  }

  private literal(value: string, start: number, end: number): TemplateLiteral {
    return { kind: 'TemplateLiteral', value, range: this.source.range(start, end) };
  }

  private unclosed(
    name: 'if' | 'for',
    open: { start: number },
    end: { start: number; end: number },
  ): Expression {
    const where = this.reporter.place(open.start);
    const detail = `The "${name}" directive at ${where} is not ended. Write "%{ end${name} }" after its content.`;
    this.reporter.error('unexpected-end-of-template', detail, this.source.range(end.start, end.end));
    return this.invalid(end);
  }

  private unexpected(name: string, detail: string, piece: { start: number; end: number }): Expression {
    const range = this.source.range(piece.start, piece.end);
    this.reporter.error('unexpected-directive', detail, range, { summary: `Unexpected ${name} directive` });
    return this.invalid(piece);
  }

  private invalid(piece: { start: number; end: number }): Expression {
    return { kind: 'InvalidExpression', range: this.source.range(piece.start, piece.end) };
  }
}
