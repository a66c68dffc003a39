import type { BuildData } from '../plan/build-plan.ts';
import type { Datum, TemplateFunctions } from '../template/index.ts';
import { PACKER_VERSION } from './names.ts';
import type { SourceNames } from './names.ts';
import type { Renderer } from './render.ts';

/** The functions of `{{ }}` that know something of the build. `build_name` is the name of the source, as in Packer. */
export function contextFunctions(source: SourceNames | undefined, cwd: string): TemplateFunctions {
  const constant = (value: Datum): TemplateFunctions[string] => ({ arity: [0, 0], call: () => value });
  return {
    packer_version: constant(PACKER_VERSION),
    pwd: constant(cwd),
    ...(source && { build_name: constant(source.name), build_type: constant(source.type) }),
  };
}

/** What `{{ }}` means in a source or a data source: there is no data, only functions. */
export function sourceRenderer(source: SourceNames | undefined, cwd: string): Renderer {
  return { functions: contextFunctions(source, cwd), data: {} };
}

/** What `{{ }}` means in a provisioner or a post-processor: `{{ .ID }}` is the same as `${build.ID}`. */
export function buildRenderer(source: SourceNames, cwd: string, data: BuildData | undefined): Renderer {
  const values: Record<string, Datum> = {};
  for (const name of BUILD_FIELDS) values[name] = data ? String(data[name]) : '<unknown>';
  return { functions: contextFunctions(source, cwd), data: values };
}

const BUILD_FIELDS: readonly (keyof BuildData)[] = [
  'ID',
  'Host',
  'Port',
  'User',
  'Password',
  'ConnType',
  'PackerRunUUID',
  'PackerHTTPIP',
  'PackerHTTPPort',
  'PackerHTTPAddr',
  'SSHPublicKey',
  'SSHPrivateKey',
];
