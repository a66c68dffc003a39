import { Kind } from '../syntax/token.ts';
import { bracketChange } from './lines.ts';

/** The place before the first token of a cell, or after its last. */
export const NOTHING = -1;

/** The tokens after which a minus sign is a negation, and so has no blank after it. */
const BEFORE_NEGATION = new Set<number>([
  NOTHING,
  Kind.OpenParen,
  Kind.OpenBrace,
  Kind.OpenBracket,
  Kind.Assign,
  Kind.Colon,
  Kind.Comma,
  Kind.Question,
  Kind.Plus,
  Kind.Minus,
  Kind.Star,
  Kind.Slash,
  Kind.Percent,
  Kind.Equal,
  Kind.NotEqual,
  Kind.Less,
  Kind.LessEqual,
  Kind.Greater,
  Kind.GreaterEqual,
  Kind.And,
  Kind.Or,
  Kind.Not,
]);

/**
 * Whether a blank belongs between two neighbouring tokens of a cell, as `packer fmt` has it. The first rule that
 * applies decides. `before` is the kind of the token before `left`; `isIn` says that `left` is the word "in".
 */
export function blankBetween(before: number, left: number, right: number, isIn: () => boolean): boolean {
  if (right === Kind.Newline) return false;
  if (left === Kind.Identifier && (right === Kind.OpenParen || right === Kind.DoubleColon)) return false;
  if (left === Kind.DoubleColon && right === Kind.Identifier) return false;
  if (left === Kind.Dot || right === Kind.Dot) return false;
  if (right === Kind.Comma || right === Kind.Ellipsis) return false;
  if (left === Kind.Comma) return true;
  if (isInsideTemplate(left, right)) return false;
  // The word of a "for" expression, which an index would look the same as: [for x in [1]: x].
  if (left === Kind.Identifier && before === Kind.Identifier && isIn()) return true;
  if (
    right === Kind.OpenBracket &&
    (left === Kind.Identifier || left === Kind.Number || bracketChange(left) < 0)
  ) {
    return false;
  }
  if (left === Kind.Not) return false;
  if (left === Kind.Minus) return !BEFORE_NEGATION.has(before);
  if (left === Kind.OpenBrace || right === Kind.CloseBrace) {
    return !(left === Kind.OpenBrace && right === Kind.CloseBrace);
  }
  if ((left === Kind.Interpolation || left === Kind.Directive) && right === Kind.OpenBrace) return true;
  if (left === Kind.CloseBrace && right === Kind.SequenceEnd) return true;
  if (left === Kind.SequenceEnd && (right === Kind.Interpolation || right === Kind.Directive)) return false;
  return bracketChange(left) <= 0 && bracketChange(right) >= 0;
}

/** Text of templates must stay as it is. */
function isInsideTemplate(left: number, right: number): boolean {
  switch (left) {
    case Kind.QuotedLiteral:
    case Kind.StringLiteral:
    case Kind.OpenQuote:
    case Kind.OpenHeredoc:
      return true;
  }
  switch (right) {
    case Kind.QuotedLiteral:
    case Kind.StringLiteral:
    case Kind.CloseQuote:
    case Kind.CloseHeredoc:
      return true;
  }
  return false;
}
