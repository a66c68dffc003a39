import type * as CsvParse from 'csv-parse/sync';
import { asString, isKnown } from '../value/access.ts';
import { listValue, objectValue, stringValue } from '../value/construct.ts';
import { compareStrings } from '../value/order.ts';
import { DYNAMIC, listType, objectType, STRING } from '../value/type.ts';
import { elementOf } from './collection-types.ts';
import { defineFunction, parameter } from './define.ts';
import { lazily } from './lazy.ts';
import { FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const csvParse = lazily<typeof CsvParse>('csv-parse/sync');

/**
 * Reads CSV as Go's encoding/csv: lines end in LF or CRLF (also within quotes, where CRLF becomes LF), empty lines do
 * not count, and a quote may stand only around a whole field.
 * @throws FunctionError for misplaced quotes
 */
function parseCsv(text: string): string[][] {
  const lines = text.replaceAll('\r\n', '\n').replace(/\r$/, '');
  try {
    return csvParse().parse(lines, {
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as string[][];
  } catch (error) {
    const { code, lines: line } = error as { readonly code?: string; readonly lines?: number };
    if (code === 'CSV_QUOTE_NOT_CLOSED')
      throw new FunctionError('a quoted field of the CSV has no closing quote');
    if (code === undefined) throw error;
    throw new FunctionError(
      `the CSV has a misplaced quote in line ${line ?? 1}; in a quoted field write it twice`,
    );
  }
}

/** The names of the columns. */
function header(rows: readonly (readonly string[])[]): readonly string[] {
  const [names] = rows;
  if (names === undefined) throw new FunctionError('the CSV has no header line');
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new FunctionError('two columns of the CSV have the same name');
  return names;
}

const csvdecode = () =>
  defineFunction({
    name: 'csvdecode',
    description:
      'Reads a string as CSV and returns a list of objects, one for each row, with the names of the first row.',
    parameters: [parameter('str', STRING, 'The CSV text.')],
    result: ([text]) => {
      if (!isKnown(text!)) return DYNAMIC;
      const names = header(parseCsv(asString(text!))).map((name) => name.normalize('NFC'));
      return listType(objectType(new Map(names.toSorted(compareStrings).map((name) => [name, STRING]))));
    },
    call: ([text], type) => {
      const rows = parseCsv(asString(text!));
      const names = header(rows);
      const objects = rows.slice(1).map((row, index) => {
        if (row.length !== names.length) {
          throw new FunctionError(
            `row ${index + 1} of the CSV has ${row.length} fields, and the header has ${names.length}`,
          );
        }
        return objectValue(new Map(row.map((field, column) => [names[column]!, stringValue(field)])));
      });
      return listValue(objects, elementOf(type));
    },
  });

/** Functions that read CSV. */
export const csvFunctions = (): readonly FunctionSpec[] => [csvdecode()];
