import { stringValue } from '../value/construct.ts';
import { STRING } from '../value/type.ts';
import { defineTextFunction, parameter } from './define.ts';
import type { FunctionSpec } from './spec.ts';

/** The one function that the default of a variable may call, and that nothing else may. */
export const env = (): FunctionSpec =>
  defineTextFunction({
    name: 'env',
    description:
      'Returns the value of an environment variable, or an empty string if it is not set. It can be called only in the default of a variable, so that a template names at one place what it takes from its surroundings.',
    parameters: [parameter('key', STRING, 'The name of the environment variable.')],
    result: STRING,
    run: ([key = ''], context) => {
      const environment = context.environment ?? process.env;
      // A name such as "toString" is no variable, though JavaScript finds something under it.
      return stringValue(Object.hasOwn(environment, key) ? (environment[key] ?? '') : '');
    },
  });
