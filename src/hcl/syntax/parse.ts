import type { Body, Expression } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { BodyParser } from './body-parser.ts';
import { invalidTokens } from './invalid-tokens.ts';
import { Lexer } from './lexer.ts';
import { SourceText } from './source-text.ts';

/** Parses a configuration file in the native syntax. With errors, the body holds what could be made out of it. */
export function parseConfig(source: Source): { body: Body; diagnostics: Diagnostic[] } {
  const parser = parserOf(new SourceText(source), Lexer.lex);
  const body = parser.parseConfigFile();
  return { body, diagnostics: parser.diagnostics };
}

/** Parses one expression. Newlines do not count, as if parentheses were around it. */
export function parseExpression(source: Source): { expression: Expression; diagnostics: Diagnostic[] } {
  return parseExpressionText(new SourceText(source));
}

/** The same of a text that is part of another one. */
export function parseExpressionText(source: SourceText): {
  expression: Expression;
  diagnostics: Diagnostic[];
} {
  const parser = parserOf(source, Lexer.lex);
  const expression = parser.parseWholeExpression();
  return { expression, diagnostics: parser.diagnostics };
}

/** Parses a bare template: text with `${ }` and `%{ }` sequences, without quotes and backslash escapes. */
export function parseTemplate(source: Source): { expression: Expression; diagnostics: Diagnostic[] } {
  return parseTemplateText(new SourceText(source));
}

/** The same of a text that is part of another one. */
export function parseTemplateText(source: SourceText): { expression: Expression; diagnostics: Diagnostic[] } {
  const parser = parserOf(source, Lexer.lexTemplate);
  const expression = parser.parseWholeTemplate();
  return { expression, diagnostics: parser.diagnostics };
}

function parserOf(source: SourceText, lex: typeof Lexer.lex): BodyParser {
  const tokens = lex(source.text, source.start);
  const parser = new BodyParser(source, tokens);
  invalidTokens(source, tokens, parser.diagnostics);
  return parser;
}
