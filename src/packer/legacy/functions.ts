import type { ShownBuildData } from '../../plan/build-plan.ts';
import { buildFunctions } from '../../template/index.ts';
import type { TemplateFunctions } from '../../template/index.ts';
import { didYouMean } from '../../hcl/suggestion.ts';
import type { Configuration } from '../configuration.ts';
import { BUILD_NAMES } from '../names.ts';
import type { Names, SourceNames } from '../names.ts';
import type { Renderer } from '../render.ts';
import { UNKNOWN_TEXT } from '../schema-values.ts';
import { buildRenderer, sourceRenderer } from '../template-context.ts';
import { functionOf, refused, settleCalls } from './calls.ts';

const ELSEWHERE = (name: string, where: string) =>
  `${name} works in ${where} only: set a variable there, and use {{ user \`NAME\` }} here.`;

/** Where secrets are kept that are not read here. */
const STORES = ['vault', 'consul_key', 'aws_secretsmanager'];

/** The functions of the `variables` section, besides `user`. */
export function variableFunctions(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  templateDirectory: string,
): TemplateFunctions {
  const refusals = STORES.map((name) => [
    name,
    refused(`${name} is not read here. Give the variable its value with -var or {{ env \`NAME\` }}.`),
  ]);
  return {
    ...buildFunctions(undefined, cwd),
    ...Object.fromEntries(refusals),
    env: functionOf(1, (name) => (Object.hasOwn(env, name) ? (env[name] ?? '') : '')),
    template_dir: functionOf(0, () => templateDirectory),
    build: refused('build works in provisioners and post-processors only: write it there.'),
  };
}

/** What `{{ }}` means in a builder. */
export function builderRenderer(source: SourceNames, configuration: Configuration): Renderer {
  const { functions, data } = sourceRenderer(source, configuration.options.cwd);
  const build = refused(
    'build works in provisioners and post-processors only: a builder runs before there is a build.',
  );
  return renderer({ ...functions, ...common(configuration), build }, data);
}

/** What `{{ }}` means in a provisioner or a post-processor. */
export function stepRenderer(
  source: SourceNames,
  configuration: Configuration,
  data: ShownBuildData | undefined,
): Renderer {
  const base = buildRenderer(source, configuration.options.cwd, data);
  const build = functionOf(1, (name) => {
    const known = BUILD_NAMES.find((one) => one === name);
    if (known === undefined) {
      throw new Error(
        `A build has no value "${name}".${didYouMean(name, BUILD_NAMES)} It has ${BUILD_NAMES.join(', ')}.`,
      );
    }
    const value = data && known !== 'WinRMPassword' ? data[known] : undefined;
    return value === undefined ? UNKNOWN_TEXT : String(value);
  });
  return renderer({ ...base.functions, ...common(configuration), build }, base.data);
}

function renderer(functions: TemplateFunctions, data: Renderer['data']): Renderer {
  return {
    functions,
    data,
    settle: (text) => settleCalls(text, functions),
    adviceOfNoValue: (field) =>
      `Values of the build are written {{ build \`${field}\` }} in provisioners and post-processors.`,
  };
}

function common({ names, context }: Configuration): TemplateFunctions {
  const refusals = ['env', ...STORES].map((name) => [
    name,
    refused(ELSEWHERE(name, 'the "variables" of a template')),
  ]);
  return {
    ...Object.fromEntries(refusals),
    user: functionOf(1, (name) => userText(names, name)),
    template_dir: functionOf(0, () => context.baseDirectory),
  };
}

/** The value of a variable; as in Packer, "" when there is none. */
function userText(names: Names, name: string): string {
  const content = names.variables.get(name)?.value.content;
  return typeof content === 'string' ? content : '';
}
