import type { Diagnostic } from '../diagnostic.ts';
import { ESCAPED_BYTE } from '../encoding.ts';
import { SYNTAX_PROBLEMS, type SyntaxProblem } from './problems.ts';
import type { SourceText } from './source-text.ts';
import { Kind, type TokenList } from './token.ts';

const BITWISE_HINTS = new Map([
  ['&', ' Did you mean "&&", the logical AND?'],
  ['|', ' Did you mean "||", the logical OR?'],
  ['~', ' Did you mean "!", the logical NOT?'],
]);

/**
 * What is wrong with tokens that are never right. Repetitions of the same habit are reported only so often as
 * HashiCorp's parser does, and of quotation marks only the opening ones. Adds to `diagnostics`.
 */
export function invalidTokens(source: SourceText, tokens: TokenList, diagnostics: Diagnostic[]): void {
  const badEncoding = ESCAPED_BYTE.test(source.text);
  if (badEncoding) checkEncoding(source, tokens, diagnostics);
  if (!tokens.hasInvalid) return;
  const seen = { bitwise: 0, backtick: 0, apostrophe: 0, semicolon: 0 };
  for (let i = 0; i < tokens.length; i++) {
    const start = tokens.starts[i] as number;
    const end = tokens.ends[i] as number;
    const report = (code: SyntaxProblem, detail: string): void => {
      const subject = source.range(start, end);
      diagnostics.push({ severity: 'error', code, summary: SYNTAX_PROBLEMS[code], detail, subject });
    };
    switch (tokens.kinds[i]) {
      case Kind.Bitwise:
        if (seen.bitwise++ < 4) {
          const hint = BITWISE_HINTS.get(source.text.charAt(start)) ?? '';
          report('unsupported-operator', `There are no bitwise operators.${hint}`);
        }
        break;
      case Kind.Backtick:
        if (seen.backtick % 2 === 0) {
          report(
            'invalid-character',
            'There are no backquotes. For text of several lines, use a heredoc: "<<EOT".',
          );
        }
        if (seen.backtick <= 2) seen.backtick++;
        break;
      case Kind.Apostrophe:
        if (seen.apostrophe % 2 === 0) {
          report('invalid-character', 'There are no single quotes. Put strings in double quotation marks.');
        }
        if (seen.apostrophe <= 2) seen.apostrophe++;
        break;
      case Kind.Semicolon:
        if (seen.semicolon++ < 1) {
          const detail =
            'There are no semicolons. Arguments are separated by newlines, elements of a collection by commas.';
          report('invalid-character', detail);
        }
        break;
      case Kind.QuotedNewline: {
        const detail =
          'A quoted string must end on its line. Write \\n for a newline in it, or use a heredoc: "<<EOT". ' +
          'Perhaps the closing quotation mark is missing.';
        report('invalid-multi-line-string', detail);
        break;
      }
      case Kind.Invalid:
        if (badEncoding && ESCAPED_BYTE.test(source.text.slice(start, end))) break;
        report('invalid-character', 'This character has no meaning outside of strings and comments.');
        break;
      default:
        break;
    }
  }
}

/** Reports the first byte outside of comments that is not UTF-8; once, for most often the whole file is in another encoding. */
function checkEncoding(source: SourceText, tokens: TokenList, diagnostics: Diagnostic[]): void {
  for (let i = 0; i < tokens.length; i++) {
    if (tokens.kinds[i] === Kind.Comment) continue;
    const start = tokens.starts[i] as number;
    const at = source.text.slice(start, tokens.ends[i]).search(ESCAPED_BYTE);
    if (at < 0) continue;
    const code = 'invalid-character-encoding';
    const byte = (source.text.charCodeAt(start + at) - 0xdc00).toString(16).toUpperCase();
    const detail = `The byte 0x${byte} here is not UTF-8. Save the file in UTF-8; in Latin-1, this may be a letter with an accent.`;
    const subject = source.range(start + at, start + at + 1);
    diagnostics.push({ severity: 'error', code, summary: SYNTAX_PROBLEMS[code], detail, subject });
    return;
  }
}
