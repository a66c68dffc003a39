import { checkTemplate, missingFields, missingText } from '../template/index.ts';

/** The names that a file template has values for. */
export const FILE_NAMES = ['VMName', 'HTTPIP', 'HTTPPort', 'SSHPublicKey'] as const;

/** Something in a file template that the build stumbles over, or that it replaces by `<no value>`. */
export interface FileMistake {
  readonly severity: 'error' | 'warning';
  /** In the text of the file. */
  readonly offset: number;
  readonly length: number;
  /** Full sentences, without the place. */
  readonly message: string;
}

/** What is wrong with the text of a file template. */
export function mistakesIn(text: string): FileMistake[] {
  const error = checkTemplate(text);
  if (error) {
    const message = `The file cannot be generated: ${error.message}`;
    return [{ severity: 'error', offset: error.offset, length: error.unknownFunction?.length ?? 2, message }];
  }
  return missingFields(text, FILE_NAMES).map((field) => ({
    severity: 'warning',
    offset: field.offset,
    length: field.name.length + 1,
    message: missingText(field, FILE_NAMES),
  }));
}

/** The same as lines for people: `/srv/http/a.pkr.in:3:7: …`. Mistakes that end the build are not among them. */
export function notesOn(path: string, text: string): string[] {
  return mistakesIn(text).flatMap(({ severity, offset, message }) => {
    const before = text.slice(0, offset).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return severity === 'error' ? [] : [`${path}:${before.length}:${column}: ${message}`];
  });
}
