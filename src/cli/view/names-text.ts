import type { Names } from '../../packer/names.ts';
import { UNKNOWN } from '../../hcl/value/value.ts';
import { quotedValueText } from './value-text.ts';

/** All variables and locals with their values, sorted, in Packer's shape. */
export function namesText(names: Names): string {
  return `> input-variables:\n\n${lines('var', names.variables)}\n> local-variables:\n\n${lines('local', names.locals)}`;
}

function lines(prefix: string, values: Names['variables']): string {
  return [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { value }]) => {
      const isUnset = value.content === UNKNOWN && value.type.kind === 'dynamic';
      return `${prefix}.${name}: ${isUnset ? '<no value>' : quotedValueText(value)}\n`;
    })
    .join('');
}
