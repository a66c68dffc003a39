import type { Configuration, Inspection } from '../../packer/index.ts';
import { machineLine } from './machine.ts';

/** A variable of a legacy template with its default as it is written; undefined: a value must be given. */
interface Variable {
  readonly name: string;
  readonly text: string | undefined;
}

/** What a legacy JSON template consists of, in the shape that Packer gives it: names and defaults, nothing evaluated. */
export function legacyText(configuration: Configuration, { sources, builds: [build] }: Inspection): string {
  const variables = variablesOf(configuration);
  const width = Math.max(0, ...variables.map(({ name }) => name.length));
  const optional = variables.filter(({ text }) => text !== undefined);
  const types = (steps: readonly { readonly type: string }[] = []) => steps.map(({ type }) => type);
  const sections: [title: string, lines: readonly string[], none: string | undefined][] = [
    ['Description', build?.description ? build.description.split('\n') : [], undefined],
    [
      'Required variables',
      variables.filter(({ text }) => text === undefined).map(({ name }) => name),
      undefined,
    ],
    [
      'Optional variables and their defaults',
      optional.map(({ name, text }) => `${name.padEnd(width)} = ${text}`),
      undefined,
    ],
    [
      'Builders',
      sources.map(({ type, name }) => (type === name ? name : `${name} (${type})`)),
      '<no builders>',
    ],
    ['Provisioners', types(build?.provisioners), '<no provisioners>'],
    [
      'Error-cleanup provisioner',
      build?.errorCleanupProvisioner ? types([build.errorCleanupProvisioner]) : [],
      undefined,
    ],
    [
      'Post-processors',
      (build?.postProcessors ?? []).map((sequence) => types(sequence).join(', ')),
      '<no post-processors>',
    ],
  ];
  return sections
    .filter(([, lines, none]) => lines.length > 0 || none !== undefined)
    .map(([title, lines, none = '']) => {
      const shown = lines.length > 0 ? lines : [none];
      return `${title}:\n\n${shown.map((line) => `  ${line}\n`).join('')}`;
    })
    .join('\n');
}

/** The same as lines of the machine-readable format. */
export function legacyLines(configuration: Configuration, { sources, builds }: Inspection): string {
  const now = Date.now();
  const line = (type: string, ...data: string[]) => machineLine(now, '', type, ...data);
  return [
    ...variablesOf(configuration).map(({ name, text }) =>
      line('template-variable', name, text ?? '', text === undefined ? '1' : '0'),
    ),
    ...sources.map(({ type, name }) => line('template-builder', name, type)),
    ...builds.flatMap(({ provisioners }) =>
      provisioners.map(({ type }) => line('template-provisioner', type)),
    ),
  ].join('');
}

function variablesOf({ variables }: Configuration): Variable[] {
  return [...variables.values()]
    .map(({ name, default: value, sensitive }) => {
      const text = typeof value?.content === 'string' ? value.content : undefined;
      return { name, text: text !== undefined && sensitive ? '<sensitive>' : text };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
