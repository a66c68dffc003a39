import type { Expression } from '../../hcl/ast.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import { contentProblem } from '../../hcl/schema.ts';
import type { Range } from '../../hcl/source.ts';
import { didYouMean } from '../../hcl/suggestion.ts';
import { PACKER_VERSION } from '../../template/index.ts';
import { literalText } from '../places.ts';
import { problem, warning } from '../problems.ts';
import { satisfies } from '../version-constraint.ts';
import { jsonOf, membersOf, startRangeOf } from './literals.ts';

/** A legacy JSON template as it is written: the objects that wait for variables and builds. */
export interface LegacyTemplate {
  readonly description: string;
  readonly minPackerVersion: string | undefined;
  readonly variables: readonly ContentAttribute[];
  readonly sensitiveVariables: readonly Expression[];
  readonly builders: readonly LegacyBlock[];
  readonly provisioners: readonly LegacyBlock[];
  readonly errorCleanupProvisioner: LegacyBlock | undefined;
  /** Sequences, as in HCL. */
  readonly postProcessors: readonly (readonly LegacyBlock[])[];
}

/** A builder, a provisioner or a post-processor. */
export interface LegacyBlock {
  readonly type: string;
  /** Without `type`. */
  readonly members: readonly ContentAttribute[];
  /** Where a message about something that is missing belongs: the type, as it is written. */
  readonly headerRange: Range;
  readonly typeRange: Range;
}

export const EMPTY_TEMPLATE: LegacyTemplate = {
  description: '',
  minPackerVersion: undefined,
  variables: [],
  sensitiveVariables: [],
  builders: [],
  provisioners: [],
  errorCleanupProvisioner: undefined,
  postProcessors: [],
};

const ROOT_KEYS = [
  'min_packer_version',
  'description',
  'variables',
  'sensitive-variables',
  'builders',
  'provisioners',
  'error-cleanup-provisioner',
  'post-processors',
];

/** Sorts the members of the root object. Names that start with `_` are comments. */
export function readStructure(
  members: ReadonlyMap<string, ContentAttribute>,
  rootRange: Range,
): {
  template: LegacyTemplate;
  diagnostics: Diagnostic[];
} {
  const reader = new Reader();
  const isTemplate = ROOT_KEYS.some((key) => members.has(key));
  for (const { name, nameRange } of members.values()) {
    if (isTemplate && !ROOT_KEYS.includes(name) && !name.startsWith('_'))
      reader.unknownKey(name, nameRange, members);
  }
  const value = (name: string): Expression | undefined => {
    const expression = members.get(name)?.expression;
    return expression?.kind === 'NullLiteral' || expression?.kind === 'InvalidExpression'
      ? undefined
      : expression;
  };
  const cleanup = value('error-cleanup-provisioner');
  const builders = value('builders');
  if (!builders || (builders.kind === 'Tuple' && builders.elements.length === 0)) {
    const advice = isTemplate ? '' : ' A file of variables is named with -var-file, beside the template.';
    const detail = `A template needs at least one builder: "builders": [{ "type": "vmm", "vm_name": "NAME", … }].${advice}`;
    reader.diagnostics.push(problem('build-nothing', detail, builders ? startRangeOf(builders) : rootRange));
  }
  const template: LegacyTemplate = {
    description: reader.text(value('description'), 'description'),
    minPackerVersion: reader.minVersion(value('min_packer_version')),
    variables: reader.object(value('variables'), 'variables', '{ "NAME": "DEFAULT" }'),
    sensitiveVariables: reader.list(value('sensitive-variables'), 'sensitive-variables', '["NAME"]'),
    builders: reader.blocks(builders, 'builders'),
    provisioners: reader.blocks(value('provisioners'), 'provisioners'),
    errorCleanupProvisioner: cleanup && reader.block(cleanup, 'the error-cleanup-provisioner'),
    postProcessors: reader.sequences(value('post-processors')),
  };
  return { template, diagnostics: reader.diagnostics };
}

class Reader {
  readonly diagnostics: Diagnostic[] = [];

  unknownKey(name: string, range: Range, members: ReadonlyMap<string, ContentAttribute>): void {
    if (name === 'push') {
      const detail = 'push is accepted without effect, as by Packer, which has no push any more. Remove it.';
      this.diagnostics.push(warning('attribute-ignored', detail, range));
      return;
    }
    const free = ROOT_KEYS.filter((key) => !members.has(key));
    const advice =
      (Object.hasOwn(HCL_KEYS, name) ? HCL_KEYS[name] : undefined) ??
      (didYouMean(name, free) ||
        ` The keys are ${ROOT_KEYS.join(', ')}; a comment has a name that starts with "_".`);
    const detail = `A legacy JSON template has no key "${name}".${advice}`;
    this.diagnostics.push(problem('legacy-key-unknown', detail, range));
  }

  #wrong(expression: Expression, name: string, example: string): void {
    const detail = `"${name}" must have this form: "${name}": ${example}.`;
    this.diagnostics.push(problem('template-legacy', detail, startRangeOf(expression)));
  }

  text(expression: Expression | undefined, name: string): string {
    if (!expression) return '';
    const text = literalText(expression);
    if (text === undefined) this.#wrong(expression, name, '"TEXT"');
    return text ?? '';
  }

  minVersion(expression: Expression | undefined): string | undefined {
    const version = this.text(expression, 'min_packer_version');
    if (!expression || version === '') return undefined;
    const fits = satisfies(PACKER_VERSION, `>= ${version}`);
    if (fits === undefined) {
      const detail = `min_packer_version is "${version}", which is no version. Write it as in "1.7.0".`;
      this.diagnostics.push(problem('packer-version-invalid', detail, expression.range));
    } else if (!fits) {
      const detail = `The template asks for Packer ${version} or later, and vmm-hcl reads the language of Packer ${PACKER_VERSION}. Lower min_packer_version if the template needs nothing newer.`;
      this.diagnostics.push(problem('packer-version-unsupported', detail, expression.range));
    }
    return version;
  }

  object(expression: Expression | undefined, name: string, example: string): ContentAttribute[] {
    if (!expression) return [];
    if (expression.kind !== 'Object') this.#wrong(expression, name, example);
    return membersOf(expression);
  }

  list(expression: Expression | undefined, name: string, example: string): readonly Expression[] {
    if (!expression) return [];
    if (expression.kind === 'Tuple') return expression.elements;
    this.#wrong(expression, name, example);
    return [];
  }

  blocks(expression: Expression | undefined, name: string): LegacyBlock[] {
    const elements = this.list(expression, name, '[{ "type": "TYPE", … }]');
    return elements.flatMap((element) => this.block(element, `each of the ${name}`) ?? []);
  }

  /** Post-processors: a type alone, an object, or an array of these, which is a sequence. */
  sequences(expression: Expression | undefined): LegacyBlock[][] {
    const elements = this.list(expression, 'post-processors', '["TYPE", { "type": "TYPE", … }, [ … ]]');
    const one = (element: Expression): LegacyBlock[] => {
      const type = literalText(element);
      const { range } = element;
      if (type !== undefined) return [{ type, members: [], headerRange: range, typeRange: range }];
      return [this.block(element, 'a post-processor')].filter((block) => block !== undefined);
    };
    return elements.map((element) =>
      element.kind === 'Tuple' ? element.elements.flatMap(one) : one(element),
    );
  }

  block(expression: Expression, what: string): LegacyBlock | undefined {
    if (expression.kind === 'InvalidExpression') return undefined;
    if (expression.kind !== 'Object') {
      const detail = `${upperFirst(what)} must be an object: { "type": "TYPE", … }.`;
      this.diagnostics.push(problem('template-legacy', detail, startRangeOf(expression)));
      return undefined;
    }
    const members = membersOf(expression);
    const type = members.find(({ name }) => name === 'type');
    const text = type && jsonOf(type.expression);
    if (!type || typeof text !== 'string' || text === '') {
      const place = type?.expression.range ?? expression.openRange;
      const misspelt = type ? undefined : members.find(({ name }) => didYouMean(name, ['type']) !== '');
      const hint = misspelt ? ` Did you mean "type" by "${misspelt.name}"?` : '';
      const detail = `${upperFirst(what)} needs a type, a text that is not empty: "type": "TYPE".${hint}`;
      this.diagnostics.push(
        contentProblem('missing-required-argument', detail, misspelt?.nameRange ?? place),
      );
      return undefined;
    }
    return {
      type: text,
      members: members.filter((member) => member !== type),
      headerRange: type.range,
      typeRange: type.expression.range,
    };
  }
}

/** What people write who know HCL, or templates of a time before. */
const HCL_KEYS: Readonly<Record<string, string>> = {
  source: ' It belongs to HCL templates in JSON: name the file something.pkr.json.',
  build: ' It belongs to HCL templates in JSON: name the file something.pkr.json.',
  variable: ' It belongs to HCL templates in JSON: name the file something.pkr.json.',
  locals: ' It belongs to HCL templates in JSON: name the file something.pkr.json.',
};

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
