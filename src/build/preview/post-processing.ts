import type { Action } from '../../plan/action.ts';
import type { BuildPlan, PostProcessorPlan } from '../../plan/build-plan.ts';
import { findPostProcessor } from '../../post-processor/registry.ts';
import { BuildError } from '../failure.ts';
import { keepsInput } from '../steps/post-process.ts';
import { attempt } from './attempt.ts';
import type { PreviewContext } from './preview.ts';

export async function describePostProcessors(context: PreviewContext): Promise<readonly Action[]> {
  const actions: Action[] = [];
  for (const [index, sequence] of context.plan.postProcessors.entries()) {
    for (const [place, plan] of sequence.entries()) {
      const input = place === 0 ? 'the image' : `what ${sequence[place - 1]?.type} hands over`;
      const described = await describeOne(plan, { sequence: index + 1, input }, context);
      const next = sequence[place + 1];
      const isUsedUp = next !== undefined && !(await keeps(next));
      actions.push(
        ...described.map((action) =>
          action.type === 'path' && isUsedUp ? { ...action, stays: false } : action,
        ),
      );
    }
  }
  return actions;
}

/** Whether the image is still there when the post-processors are done: it goes when every sequence has used it up. */
export async function imageStays({ postProcessors }: BuildPlan): Promise<boolean> {
  if (postProcessors.length === 0) return true;
  for (const [first] of postProcessors) {
    if (first === undefined || (await keeps(first))) return true;
  }
  return false;
}

/** Whether a post-processor leaves what it takes. */
async function keeps(plan: PostProcessorPlan): Promise<boolean> {
  const postProcessor = await findPostProcessor(plan.type);
  return postProcessor === undefined || keepsInput(postProcessor, plan);
}

async function describeOne(
  plan: PostProcessorPlan,
  { sequence, input }: { sequence: number; input: string },
  { plan: { source }, data }: PreviewContext,
): Promise<readonly Action[]> {
  const { file, line } = plan.origin;
  const name = plan.name === undefined ? '' : ` "${plan.name}"`;
  const postProcessor = await findPostProcessor(plan.type);
  const fate =
    postProcessor === undefined ? '' : `, which is ${keepsInput(postProcessor, plan) ? 'kept' : 'used up'}`;
  return [
    {
      type: 'note',
      text: `Sequence ${sequence}: ${plan.type}${name} (${file}:${line}) takes ${input}${fate}`,
    },
    ...(await attempt(() => {
      const resolved = plan.resolve(data);
      if (!resolved.ok) {
        throw new BuildError(`The block of the post-processor ${plan.type} cannot be evaluated.`, resolved);
      }
      const context = { sourceName: source.name, sourceType: source.type, data };
      return (
        postProcessor?.describe?.(resolved.config, context) ?? [{ type: 'config', config: resolved.config }]
      );
    })),
  ];
}
