import { graphemes } from '../graphemes.ts';
import { asElements, asString, isNull, isWhollyKnown } from '../value/access.ts';
import { boolValue, listValue, stringValue, unknownValue } from '../value/construct.ts';
import { compareStrings } from '../value/order.ts';
import { BOOL, listType, NUMBER, STRING } from '../value/type.ts';
import { defineFunction, defineTextFunction, parameter, sizeNumber } from './define.ts';
import { replaceAll, split, toLower, toTitle, toUpper, trim, trimSpace } from './go/strings.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const anyTyped = { allowDynamic: true };

/** Functions from one string to another. */
function mapping(name: string, description: string, run: (text: string) => string): FunctionSpec {
  return defineTextFunction({
    name,
    description,
    parameters: [parameter('str', STRING, 'The string to change.', anyTyped)],
    result: STRING,
    run: ([text = '']) => stringValue(run(text)),
  });
}

/** Functions of a string and a part that may be in it. */
function withPart(
  name: string,
  description: string,
  part: readonly [name: string, description: string],
  run: (text: string, part: string) => string,
): FunctionSpec {
  return defineTextFunction({
    name,
    description,
    parameters: [parameter('str', STRING, 'The string to change.'), parameter(part[0], STRING, part[1])],
    result: STRING,
    run: ([text = '', second = '']) => stringValue(run(text, second)),
  });
}

/** Functions that ask whether a string has a part. */
function test(
  name: string,
  description: string,
  part: readonly [name: string, description: string],
  run: (text: string, part: string) => boolean,
): FunctionSpec {
  return defineTextFunction({
    name,
    description,
    parameters: [parameter('str', STRING, 'The string to look at.'), parameter(part[0], STRING, part[1])],
    result: BOOL,
    run: ([text = '', second = '']) => boolValue(run(text, second)),
  });
}

const substr = () =>
  defineFunction({
    name: 'substr',
    description:
      'Returns a part of a string. Offset and length count what a reader sees as characters, so an accented letter or an emoji is one.',
    parameters: [
      parameter('str', STRING, 'The string to take a part of.', anyTyped),
      parameter(
        'offset',
        NUMBER,
        'Where the part begins, from 0; a negative offset counts from the end.',
        anyTyped,
      ),
      parameter('length', NUMBER, 'How many characters to take at most; -1 takes all the rest.', anyTyped),
    ],
    result: STRING,
    call: ([str, offsetValue, lengthValue]) => {
      const characters = graphemes(asString(str!));
      let offset = sizeNumber(offsetValue!);
      const length = sizeNumber(lengthValue!);
      // With a negative offset a length of 0 takes all the rest: so it is in cty, and templates may rely on it.
      if (length === 0 && offset >= 0) return stringValue('');
      if (offset < 0) offset = Math.max(offset + characters.length, 0);
      const end = length <= 0 ? characters.length : offset + length;
      return stringValue(characters.slice(offset, end).join(''));
    },
  });

const join = () =>
  defineFunction({
    name: 'join',
    description: 'Joins the strings of one or more lists, with a separator between each two.',
    parameters: [parameter('separator', STRING, 'The text to put between each two strings.')],
    variadic: parameter('lists', listType(STRING), 'The lists of strings to join, one after the other.'),
    result: STRING,
    call: ([separator, ...lists]) => {
      if (lists.length === 0) throw new FunctionError('give at least one list after the separator');
      if (!lists.every(isWhollyKnown)) return unknownValue(STRING);
      const texts = lists.flatMap((list, listIndex) =>
        asElements(list).map((element, index) => {
          if (isNull(element)) {
            throw argumentError(
              listIndex + 1,
              `element ${index} of the list is null and has no text to join`,
            );
          }
          return asString(element);
        }),
      );
      return stringValue(texts.join(asString(separator!)));
    },
  });

const sort = () =>
  defineFunction({
    name: 'sort',
    description:
      'Returns the strings of a list sorted by their bytes. Numbers are sorted as strings, so 10 comes before 9.',
    parameters: [parameter('list', listType(STRING), 'The strings to sort.', { allowUnknown: true })],
    result: listType(STRING),
    call: ([list]) => {
      if (!isWhollyKnown(list!)) return unknownValue(listType(STRING));
      const elements = asElements(list!);
      const absent = elements.findIndex(isNull);
      if (absent >= 0)
        throw new FunctionError(`element ${absent} of the list is null and has no place in an order`);
      return listValue(
        elements.toSorted((a, b) => compareStrings(asString(a), asString(b))),
        STRING,
      );
    },
  });

const splitFunction = () =>
  defineTextFunction({
    name: 'split',
    description: 'Splits a string at each occurrence of a separator into a list of strings.',
    parameters: [
      parameter('separator', STRING, 'Where to split; an empty one splits between all characters.'),
      parameter('str', STRING, 'The string to split.'),
    ],
    result: listType(STRING),
    run: ([separator = '', text = '']) => listValue(split(text, separator).map(stringValue), STRING),
  });

/** So many blanks `indent` adds at most; more would fill the memory. */
const MOST_BLANKS = 100_000_000;

const indent = () =>
  defineFunction({
    name: 'indent',
    description: 'Puts a number of blanks at the start of every line but the first.',
    parameters: [
      parameter('spaces', NUMBER, 'How many blanks to put there.'),
      parameter('str', STRING, 'The string whose lines to indent.'),
    ],
    result: STRING,
    call: ([spaces, str]) => {
      const count = sizeNumber(spaces!);
      if (count < 0) throw new FunctionError('the number of blanks must not be negative');
      const lines = asString(str!).split('\n');
      if (lines.length === 1) return str!;
      if (count * (lines.length - 1) > MOST_BLANKS) {
        throw new FunctionError(`that would be more than ${MOST_BLANKS} blanks`);
      }
      return stringValue(lines.join(`\n${' '.repeat(count)}`));
    },
  });

const replace = () =>
  defineTextFunction({
    name: 'replace',
    description:
      'Replaces every occurrence of one text in a string by another. For patterns there is `regex_replace`.',
    parameters: [
      parameter('str', STRING, 'The string to change.'),
      parameter('substr', STRING, 'The text to look for; it has no special characters.'),
      parameter('replace', STRING, 'The text to put in its place.'),
    ],
    result: STRING,
    run: ([text = '', search = '', replacement = '']) => stringValue(replaceAll(text, search, replacement)),
  });

/** Functions that change, take apart and compare strings. */
export const stringFunctions = (): readonly FunctionSpec[] => [
  mapping('upper', 'Turns all letters into capitals.', toUpper),
  mapping('lower', 'Turns all letters into small ones.', toLower),
  mapping('title', 'Turns the first letter of each word into a capital.', toTitle),
  mapping('strrev', 'Reverses a string by what a reader sees as characters.', (text) =>
    graphemes(text).reverse().join(''),
  ),
  mapping('chomp', 'Removes all line breaks at the end of a string.', (text) =>
    text.replace(/(?<![\r\n])[\r\n]+$/, ''),
  ),
  mapping('trimspace', 'Removes white space from both ends of a string.', trimSpace),
  withPart(
    'trim',
    'Removes from both ends of a string all characters of a set.',
    ['cutset', 'The characters to remove, in any order.'],
    trim,
  ),
  withPart(
    'trimprefix',
    'Removes a prefix from a string, once, if it is there.',
    ['prefix', 'The text to remove from the start.'],
    (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  ),
  withPart(
    'trimsuffix',
    'Removes a suffix from a string, once, if it is there.',
    ['suffix', 'The text to remove from the end.'],
    (text, suffix) => (text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text),
  ),
  test(
    'startswith',
    'Tells whether a string begins with a prefix.',
    ['prefix', 'The text to look for.'],
    (text, prefix) => text.startsWith(prefix),
  ),
  test(
    'endswith',
    'Tells whether a string ends with a suffix.',
    ['suffix', 'The text to look for.'],
    (text, suffix) => text.endsWith(suffix),
  ),
  test(
    'strcontains',
    'Tells whether a string contains another.',
    ['substr', 'The text to look for.'],
    (text, part) => text.includes(part),
  ),
  substr(),
  join(),
  sort(),
  splitFunction(),
  indent(),
  replace(),
];
