import type { ShownContext } from './provisioner.ts';
import type { Options } from './options.ts';

/** Texts of the SDK in place of addresses that do not exist. */
const UNKNOWN_ADDRESS = /^(ERR_|$)/;

/**
 * The environment of the scripts: Packer's own variables, `environment_vars`, and `env`, which wins. Sorted by name.
 */
export function scriptEnvironment(
  options: Options,
  context: ShownContext,
): readonly (readonly [name: string, value: string])[] {
  const { data } = context;
  const variables = new Map<string, string>([
    ['PACKER_BUILD_NAME', context.sourceName],
    ['PACKER_BUILDER_TYPE', context.sourceType],
  ]);
  for (const [name, value] of [
    ['PACKER_HTTP_ADDR', data.PackerHTTPAddr],
    ['PACKER_HTTP_IP', data.PackerHTTPIP],
    ['PACKER_HTTP_PORT', data.PackerHTTPPort],
  ] as const) {
    if (!UNKNOWN_ADDRESS.test(String(value))) variables.set(name, String(value));
  }
  for (const item of options.strings('environment_vars') ?? []) {
    const at = item.indexOf('=');
    if (at > 0) variables.set(item.slice(0, at), item.slice(at + 1));
  }
  for (const [name, value] of Object.entries(options.map('env'))) variables.set(name, value);
  return [...variables].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The environment as text for a shell, one variable after the other in `env_var_format`. */
export function formatEnvironment(
  variables: readonly (readonly [name: string, value: string])[],
  format: string,
): string {
  return variables
    .map(([name, value]) => {
      // The formats put the value between single quotes; one inside it ends them, is quoted itself, and begins them anew.
      const words = [name, value.replaceAll("'", `'"'"'`)];
      return format.replace(/%%|%s/g, (verb) => (verb === '%%' ? '%' : (words.shift() ?? '')));
    })
    .join('');
}
