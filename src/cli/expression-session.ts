import { createInterface } from 'node:readline';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Value } from '../hcl/value/value.ts';
import type { Io } from './io.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { bracketChange } from '../hcl/format/lines.ts';
import { Lexer } from '../hcl/syntax/lexer.ts';
import { parseExpression } from '../hcl/syntax/parse.ts';
import { Kind } from '../hcl/syntax/token.ts';
import { isWhollyKnown } from '../hcl/value/access.ts';
import { typeJsonText, valueToJson } from '../hcl/value/json.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import { typeToJson } from '../hcl/value/type-ops.ts';
import { valueText } from './view/value-text.ts';

/** The name under which diagnostics speak of what was typed. */
export const INPUT_NAME = '<console-input>';

/** What expressions can refer to, and how they are evaluated. */
export interface Workbench {
  evaluate(text: string): { readonly value?: Value; readonly diagnostics: readonly Diagnostic[] };
  /** The listing of `variables`. */
  variables(): string;
  /** Everything that Tab completes: `var.name`, `local.name`, functions. */
  readonly names: readonly string[];
}

/** What `help` prints. */
export const HELP = `Type an expression to see its value, such as upper(var.name).
  variables  lists the variables and locals with their values
  exit       ends the session, as Ctrl-D does
An expression goes on over several lines until its brackets are closed; an empty line ends it anyway.
Tab completes names.`;

/**
 * The text for a value: as Packer's console prints it, or with `json` its type and value in cty's JSON form. Sensitive and
 * unknown values have no `value` there but say so.
 */
export function shown(value: Value, json: boolean): string {
  if (!json) return valueText(value);
  const type = typeJsonText(typeToJson(value.type));
  if (isSensitive(value)) return `{"type":${type},"sensitive":true}`;
  if (!isWhollyKnown(value)) return `{"type":${type},"unknown":true}`;
  return `{"type":${type},"value":${valueToJson(value)}}`;
}

/**
 * Whether `text` is the beginning of an expression: a bracket or a heredoc is still open, or something is missing at its
 * very end, such as the right side of an operator.
 */
export function isUnfinished(text: string): boolean {
  const { kinds, length } = Lexer.lex(text, 0);
  let open = 0;
  let quotes = 0;
  for (const kind of kinds.subarray(0, length)) {
    if (kind === Kind.OpenHeredoc) open++;
    else if (kind === Kind.CloseHeredoc) open--;
    else if (kind === Kind.OpenQuote) quotes++;
    else if (kind === Kind.CloseQuote) quotes--;
    else open += bracketChange(kind);
  }
  if (open > 0) return true;
  // A string cannot go on in the next line.
  if (quotes > 0) return false;
  const { diagnostics } = parseExpression({ filename: INPUT_NAME, text });
  const end = text.trimEnd().length;
  return (
    hasErrors(diagnostics) &&
    diagnostics.every(({ subject }) => subject !== undefined && subject.start.offset >= end)
  );
}

/**
 * The session on a terminal; resolves when it has ended. `evaluate` reports problems itself and gives the text to print, if
 * there is one.
 */
export function interact(
  io: Io,
  bench: Workbench,
  evaluate: (text: string) => Promise<string | undefined>,
): Promise<void> {
  const reader = createInterface({
    input: io.stdin,
    output: process.stdout,
    prompt: '> ',
    historySize: 1_000,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(line, bench.names),
  });
  let pending = '';
  const ask = (): void => {
    reader.setPrompt(pending === '' ? '> ' : '. ');
    reader.prompt();
  };
  const answer = async (line: string): Promise<string | undefined> => {
    const whole = pending === '' ? line : `${pending}\n${line}`;
    pending = '';
    switch (whole.trim()) {
      case '':
        return undefined;
      case 'exit':
        reader.close();
        return undefined;
      case 'help':
        return HELP;
      case 'variables':
        return bench.variables();
      default:
        if (line.trim() === '' || !isUnfinished(whole)) return evaluate(whole);
        pending = whole;
        return undefined;
    }
  };
  return new Promise((resolve, reject) => {
    // Pasted lines come faster than answers: one after the other.
    let turn = Promise.resolve();
    let open = true;
    reader.on('line', (line) => {
      turn = turn
        .then(() => answer(line))
        .then((text) => {
          if (text !== undefined) io.stdout.write(`${text}\n`);
          if (open) ask();
        });
      turn.catch(reject);
    });
    // Ctrl-C drops what was typed; on an empty line it ends the session.
    reader.on('SIGINT', () => {
      if (pending === '' && reader.line === '') {
        reader.close();
        return;
      }
      pending = '';
      io.stdout.write('\n');
      reader.write(null, { ctrl: true, name: 'u' });
      ask();
    });
    reader.on('close', () => {
      open = false;
      io.stdout.write('\n');
      turn.then(resolve, reject);
    });
    ask();
  });
}

/** What can stand for the name that the line ends in. */
export function complete(line: string, names: readonly string[]): [string[], string] {
  const word = /[\p{L}\p{N}_.-]*$/u.exec(line)?.[0] ?? '';
  return [names.filter((name) => name.startsWith(word)), word];
}
