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
import { FunctionsOnDemand } from './on-demand.ts';
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

const GROUPS: ReadonlyMap<string, () => readonly FunctionSpec[]> = new Map([
  ['Strings', () => [...stringFunctions(), ...formatFunctions(), ...regexFunctions()]],
  ['Numbers', () => numberFunctions()],
  ['Lists and sets', () => [...sequenceFunctions(), ...listFunctions(), ...setFunctions()]],
  ['Maps and objects', () => mappingFunctions()],
  ['Choosing and failing', () => [...choiceFunctions(), ...flowFunctions()]],
  ['Dates and times', () => datetimeFunctions()],
  ['Encoding', () => [...encodingFunctions(), ...jsonFunctions(), ...yamlFunctions(), ...csvFunctions()]],
  ['Hashes, keys and identifiers', () => cryptoFunctions()],
  ['Networks', () => cidrFunctions()],
  ['Files', () => filesystemFunctions()],
  ['Other services', () => externalFunctions()],
]);

/** All functions by what they are about, in the order of the reference. */
export function functionGroups(): readonly FunctionGroup[] {
  return [...GROUPS].map(([title, make]) => ({ title, functions: make() }));
}

/** Packer's functions, by name. */
export const packerFunctions: ReadonlyMap<string, FunctionSpec> = new FunctionsOnDemand([...GROUPS.values()]);

/** The functions that the default of a variable can call. */
export const variableDefaultFunctions: ReadonlyMap<string, FunctionSpec> = new FunctionsOnDemand([
  () => [env()],
]);
