import { asString, isKnown } from '../value/access.ts';
import {
  DYNAMIC_UNKNOWN,
  listValue,
  nullValue,
  objectValue,
  stringValue,
  tupleValue,
} from '../value/construct.ts';
import { DYNAMIC, listType, objectType, STRING, tupleType } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { elementOf } from './collection-types.ts';
import { attempt, defineFunction, defineTextFunction, parameter } from './define.ts';
import { Regexp } from './go/regexp.ts';
import type { RegexpMatch } from './go/regexp.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const patternParameter = parameter(
  'pattern',
  STRING,
  'A regular expression in RE2 syntax, as Go has it: no lookaround and no references to groups.',
);

/** Compiled patterns: `returnType` and `call` need the same one, and so does every turn of a loop. */
const compiled = new Map<string, Regexp>();
const MOST_COMPILED = 100;

function compile(pattern: string, argument?: number): Regexp {
  let regexp = compiled.get(pattern);
  if (regexp === undefined) {
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    regexp = attempt(() => new Regexp(pattern), argument);
    compiled.set(pattern, regexp);
  }
  return regexp;
}

/** A string without groups, a tuple of strings with groups, an object with named groups. */
function matchType(pattern: string): Type {
  const { groupNames } = compile(pattern, 0);
  const named = groupNames.filter((name) => name !== '');
  if (groupNames.length === 0) return STRING;
  if (named.length === 0) return tupleType(groupNames.map(() => STRING));
  if (named.length < groupNames.length) {
    throw argumentError(0, 'a pattern cannot have both groups with and without a name');
  }
  return objectType(new Map(named.map((name) => [name, STRING])));
}

function matchValue(regexp: Regexp, match: RegexpMatch, type: Type): Value {
  const [whole, ...groups] = match.groups.map((text) =>
    text === undefined ? nullValue(STRING) : stringValue(text),
  );
  if (type.kind === 'tuple') return tupleValue(groups);
  if (type.kind === 'object') {
    return objectValue(new Map(regexp.groupNames.map((name, index) => [name, groups[index]!])));
  }
  return whole!;
}

const regex = () =>
  defineFunction({
    name: 'regex',
    description:
      'Finds the first match of a pattern and returns its text; with groups a tuple of their texts, with named groups an object. A group that took no part is null. It is an error if nothing matches.',
    parameters: [patternParameter, parameter('string', STRING, 'The text to search.')],
    result: ([pattern]) => (isKnown(pattern!) ? matchType(asString(pattern!)) : DYNAMIC),
    call: ([pattern, text], type) => {
      const regexp = compile(asString(pattern!), 0);
      const match = regexp.find(asString(text!));
      if (match === undefined) throw new FunctionError('the pattern matches no part of the string');
      return matchValue(regexp, match, type);
    },
  });

const regexall = () =>
  defineFunction({
    name: 'regexall',
    description:
      'Finds all matches of a pattern and returns a list of what `regex` returns for one; it may be empty.',
    parameters: [patternParameter, parameter('string', STRING, 'The text to search.')],
    result: ([pattern]) => listType(isKnown(pattern!) ? matchType(asString(pattern!)) : DYNAMIC),
    call: ([pattern, text], type) => {
      const element = elementOf(type);
      if (element.kind === 'dynamic') return DYNAMIC_UNKNOWN;
      const regexp = compile(asString(pattern!), 0);
      const matches = regexp.findAll(asString(text!)).map((match) => matchValue(regexp, match, element));
      return listValue(matches, element);
    },
  });

const regexReplace = () =>
  defineTextFunction({
    name: 'regex_replace',
    description: 'Replaces every match of a pattern in a string.',
    parameters: [
      parameter('str', STRING, 'The string to change.'),
      patternParameter,
      parameter(
        'replace',
        STRING,
        'What to put in place: `$1`, `${1}` and `${name}` are the texts of groups, `$$` a dollar.',
      ),
    ],
    result: STRING,
    run: ([text = '', pattern = '', template = '']) =>
      stringValue(compile(pattern).replaceAll(text, template)),
  });

/** Functions of regular expressions. */
export const regexFunctions = (): readonly FunctionSpec[] => [regex(), regexall(), regexReplace()];
