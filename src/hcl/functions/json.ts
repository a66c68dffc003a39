import { asString, isKnown, isWhollyKnown } from '../value/access.ts';
import { stringValue, unknownValue } from '../value/construct.ts';
import { DYNAMIC, STRING } from '../value/type.ts';
import { attempt, defineFunction, nested, parameter } from './define.ts';
import { parseJson } from './json-reader.ts';
import { jsonText } from './json-text.ts';
import type { FunctionSpec } from './spec.ts';

const jsondecode = () =>
  defineFunction({
    name: 'jsondecode',
    description: 'Reads a string as JSON. Objects become objects and arrays tuples; numbers are exact.',
    parameters: [parameter('str', STRING, 'The JSON text.')],
    result: ([text]) => (isKnown(text!) ? attempt(() => parseJson(asString(text!))).type : DYNAMIC),
    call: ([text]) => attempt(() => parseJson(asString(text!))),
  });

const jsonencode = () =>
  defineFunction({
    name: 'jsonencode',
    description: 'Writes a value as JSON, without blanks and with the keys in order.',
    parameters: [
      parameter('val', DYNAMIC, 'Any value.', { allowUnknown: true, allowDynamic: true, allowNull: true }),
    ],
    result: STRING,
    call: ([value]) => {
      if (!isWhollyKnown(value!)) return unknownValue(STRING);
      return stringValue(nested(() => jsonText(value!)));
    },
  });

/** Functions that read and write JSON. */
export const jsonFunctions = (): readonly FunctionSpec[] => [jsondecode(), jsonencode()];
