import { PACKER_VERSION } from '../lib/packer-version.ts';
import type { TemplateFunctions } from './functions.ts';
import type { Datum } from './value.ts';

/**
 * The functions of `{{ }}` that know something of the build: `build_name` (the name of the source, as in Packer),
 * `build_type`, `packer_version` and `pwd`. Texts are checked with them before the build and rendered with them in it.
 * @param source undefined where there is no source, as in a data source.
 */
export function buildFunctions(
  source: { readonly type: string; readonly name: string } | undefined,
  cwd: string = process.cwd(),
): TemplateFunctions {
  const constant = (value: Datum): TemplateFunctions[string] => ({ arity: [0, 0], call: () => value });
  return {
    packer_version: constant(PACKER_VERSION),
    pwd: constant(cwd),
    ...(source && { build_name: constant(source.name), build_type: constant(source.type) }),
  };
}
