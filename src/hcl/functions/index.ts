import { choiceFunctions } from './choice.ts';
import { cidrFunctions } from './cidr.ts';
import { cryptoFunctions } from './crypto.ts';
import { csvFunctions } from './csv.ts';
import { datetimeFunctions } from './datetime.ts';
import { encodingFunctions } from './encoding.ts';
import { env } from './environment.ts';
import { externalFunctions } from './external.ts';
import { filesystemFunctions } from './filesystem.ts';
import { flowFunctions } from './flow.ts';
import { formatFunctions } from './format.ts';
import { jsonFunctions } from './json.ts';
import { listFunctions } from './list.ts';
import { mappingFunctions } from './mapping.ts';
import { numberFunctions } from './number.ts';
import { regexFunctions } from './regex.ts';
import { sequenceFunctions } from './sequence.ts';
import { setFunctions } from './set.ts';
import type { FunctionSpec } from './spec.ts';
import { stringFunctions } from './string.ts';
import { yamlFunctions } from './yaml.ts';

/** A part of the function reference: a title and its functions. */
export interface FunctionGroup {
  readonly title: string;
  readonly functions: readonly FunctionSpec[];
}

/** All functions by what they are about, in the order of the reference. */
export const functionGroups: readonly FunctionGroup[] = [
  { title: 'Strings', functions: [...stringFunctions, ...formatFunctions, ...regexFunctions] },
  { title: 'Numbers', functions: numberFunctions },
  { title: 'Lists and sets', functions: [...sequenceFunctions, ...listFunctions, ...setFunctions] },
  { title: 'Maps and objects', functions: mappingFunctions },
  { title: 'Choosing and failing', functions: [...choiceFunctions, ...flowFunctions] },
  { title: 'Dates and times', functions: datetimeFunctions },
  {
    title: 'Encoding',
    functions: [...encodingFunctions, ...jsonFunctions, ...yamlFunctions, ...csvFunctions],
  },
  { title: 'Hashes, keys and identifiers', functions: cryptoFunctions },
  { title: 'Networks', functions: cidrFunctions },
  { title: 'Files', functions: filesystemFunctions },
  { title: 'Other services', functions: externalFunctions },
];

function table(functions: readonly FunctionSpec[]): ReadonlyMap<string, FunctionSpec> {
  return new Map(functions.map((spec) => [spec.name, spec]));
}

/** Packer's functions, by name. */
export const packerFunctions: ReadonlyMap<string, FunctionSpec> = table(
  functionGroups.flatMap(({ functions }) => functions),
);

/** The functions that the default of a variable can call. */
export const variableDefaultFunctions: ReadonlyMap<string, FunctionSpec> = table([env]);
