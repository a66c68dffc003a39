import {
  asBool,
  asElements,
  asEntries,
  asNumber,
  asString,
  isKnown,
  isNull,
  isWhollyKnown,
} from '../value/access.ts';
import { numberText } from '../value/big-float-text.ts';
import { stringValue, unknownValue } from '../value/construct.ts';
import { DYNAMIC, STRING } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { defineFunction, nested, parameter } from './define.ts';
import type { FunctionSpec } from './spec.ts';
import { decodeYaml } from './yaml-decoder.ts';
import { emitYaml } from './yaml-emitter.ts';
import type { YamlNode } from './yaml-emitter.ts';

function toNode(value: Value): YamlNode {
  if (isNull(value)) return { kind: 'plain', text: 'null' };
  switch (value.type.kind) {
    case 'string':
      return { kind: 'string', text: asString(value) };
    case 'number':
      return { kind: 'plain', text: numberText(asNumber(value)) };
    case 'bool':
      return { kind: 'plain', text: String(asBool(value)) };
    case 'map':
    case 'object':
      return {
        kind: 'mapping',
        entries: Array.from(asEntries(value), ([key, child]) => [key, toNode(child)] as const),
      };
    default:
      return { kind: 'sequence', items: asElements(value).map(toNode) };
  }
}

const yamldecode = () =>
  defineFunction({
    name: 'yamldecode',
    description:
      'Reads a string as one YAML document. Mappings become objects, lists tuples, and dates RFC 3339 strings; as in YAML 1.1 unquoted y, yes, on, n, no and off are bools.',
    parameters: [parameter('src', STRING, 'The YAML text.')],
    result: ([text]) => (isKnown(text!) ? nested(() => decodeYaml(asString(text!))).type : DYNAMIC),
    call: ([text]) => nested(() => decodeYaml(asString(text!))),
  });

const yamlencode = () =>
  defineFunction({
    name: 'yamlencode',
    description:
      'Writes a value as YAML in block style. All strings are quoted, and those with line breaks are literal blocks where possible.',
    parameters: [parameter('value', DYNAMIC, 'Any value.', { allowNull: true, allowDynamic: true })],
    result: STRING,
    call: ([value]) => {
      if (!isWhollyKnown(value!)) return unknownValue(STRING);
      return stringValue(nested(() => emitYaml(toNode(value!))));
    },
  });

/** Functions that read and write YAML. */
export const yamlFunctions = (): readonly FunctionSpec[] => [yamldecode(), yamlencode()];
