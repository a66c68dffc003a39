import { rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Artifact } from '../../plan/artifact.ts';
import type { BuildData, PostProcessorPlan } from '../../plan/build-plan.ts';
import type { VmmConfig } from '../../plan/vmm-config.ts';
import type { PostProcessor } from '../../post-processor/post-processor.ts';
import { findPostProcessor } from '../../post-processor/registry.ts';
import { buildData } from '../build-data.ts';
import type { BuildContext } from '../context.ts';
import { BuildError, explain } from '../failure.ts';
import type { Step } from '../step.ts';

type Find = typeof findPostProcessor;

/**
 * Runs the sequences of post-processors. Each starts from the image; in each, the output of one feeds the next. Whether an input
 * stays is decided by `keep_input_artifact`, else by the kind of post-processor. The image goes only when every sequence has
 * succeeded and none keeps it: a failing post-processor never costs the image.
 * @param find gives the post-processor of a block type
 */
export function postProcess(find: Find = findPostProcessor): Step<BuildContext> {
  return { name: 'post-processors', run: (context) => runAll(context, find) };
}

/**
 * Looks for what the post-processors will need, so that it does not turn out to be missing after an hour.
 * @throws BuildError when something is missing
 */
export async function checkPostProcessors(context: BuildContext): Promise<void> {
  const { source, postProcessors } = context.plan;
  for (const plan of postProcessors.flat()) {
    const postProcessor = await findPostProcessor(plan.type);
    if (postProcessor?.check === undefined) continue;
    const data = await buildData(context);
    const resolved = plan.resolve(data);
    // What cannot be evaluated yet may well be later.
    if (!resolved.ok) continue;
    try {
      postProcessor.check(resolved.config, { data, sourceName: source.name, sourceType: source.type });
    } catch (error) {
      const { message, internal, ...detail } = explain(error);
      if (internal !== undefined) throw error;
      throw new BuildError(message, { ...detail, origin: plan.origin, cause: error });
    }
  }
}

async function runAll(context: BuildContext, find: Find): Promise<void> {
  const { image, plan, emitter } = context;
  if (image === undefined) throw new TypeError('there is no image');
  const data = await buildData(context);
  const results: SequenceResult[] = [];
  let firstError: unknown;
  for (const sequence of plan.postProcessors) {
    const result = await runSequence({ context, data, find }, sequence, image);
    results.push(result);
    if (context.signal.aborted)
      context.artifacts = [image, ...results.flatMap(({ kept }) => kept)].filter(isFirst);
    context.signal.throwIfAborted();
    if (result.error === undefined) continue;
    firstError ??= result.error;
    emitter.ui().error(`The post-processor ${result.failedType} failed: ${explain(result.error).message}`);
  }
  const keepImage = results.some((result) => result.keepsImage);
  const kept = [...(keepImage ? [image] : []), ...results.flatMap((result) => result.kept)];
  const discarded = [...(keepImage ? [] : [image]), ...results.flatMap((result) => result.discarded)];
  await removeDiscarded(discarded, kept);
  context.artifacts = kept.filter(isFirst);
  if (firstError !== undefined) throw firstError;
}

function isFirst(artifact: Artifact, index: number, all: readonly Artifact[]): boolean {
  return all.indexOf(artifact) === index;
}

interface Surroundings {
  readonly context: BuildContext;
  readonly data: BuildData;
  readonly find: Find;
}

interface SequenceResult {
  readonly keepsImage: boolean;
  /** Artifacts to hand over, in order. */
  readonly kept: readonly Artifact[];
  /** Inputs that have been used up. */
  readonly discarded: readonly Artifact[];
  readonly error?: unknown;
  readonly failedType?: string;
}

async function runSequence(
  surroundings: Surroundings,
  sequence: readonly PostProcessorPlan[],
  image: Artifact,
): Promise<SequenceResult> {
  let current = image;
  let keepsImage = false;
  const kept: Artifact[] = [];
  const discarded: Artifact[] = [];
  for (const [index, plan] of sequence.entries()) {
    try {
      const { output, keep } = await runOne(surroundings, plan, current);
      if (index === 0) keepsImage = keep;
      else (keep ? kept : discarded).push(current);
      current = output;
    } catch (error) {
      // What the earlier ones of this sequence have made stays: it may be all that is needed to go on by hand.
      const made = current === image ? [] : [current];
      return { keepsImage: true, kept: [...kept, ...made], discarded: [], error, failedType: plan.type };
    }
  }
  return { keepsImage, kept: [...kept, current], discarded };
}

async function runOne(
  { context, data, find }: Surroundings,
  plan: PostProcessorPlan,
  input: Artifact,
): Promise<{ output: Artifact; keep: boolean }> {
  const { emitter, signal, force } = context;
  const { source } = context.plan;
  const what = { postProcessor: plan.type, name: plan.name };
  emitter.emit({ type: 'post-processor-start', ...what, origin: plan.origin });
  const start = performance.now();
  const finish = (outcome: 'success' | 'failure' | 'cancelled', error?: string) =>
    emitter.emit({
      type: 'post-processor-end',
      ...what,
      outcome,
      duration: performance.now() - start,
      error,
    });
  try {
    const postProcessor = await find(plan.type);
    if (postProcessor === undefined) throw new BuildError(`There is no post-processor "${plan.type}".`);
    const resolved = plan.resolve(data);
    if (!resolved.ok) {
      throw new BuildError(`The block of the post-processor ${plan.type} cannot be evaluated.`, {
        problems: resolved.problems,
      });
    }
    const output = await postProcessor.run(input, resolved.config, {
      ui: emitter.ui(plan.name ?? plan.type),
      signal,
      data,
      sourceName: source.name,
      sourceType: source.type,
      buildName: context.plan.name,
      givenPath: (path) => givenPath(path, source.config),
      force,
    });
    finish('success');
    return { output, keep: keepsInput(postProcessor, plan) };
  } catch (error) {
    const { message, internal, ...detail } = explain(error);
    finish(signal.aborted ? 'cancelled' : 'failure', message);
    if (internal !== undefined || signal.aborted) throw error;
    throw new BuildError(message, { ...detail, origin: detail.origin ?? plan.origin, cause: error });
  }
}

function givenPath(
  path: string,
  { output_directory: folder, given_output_directory: given = folder }: VmmConfig,
): string {
  const below = relative(folder, path);
  return isAbsolute(below) || /^\.\.(\/|$)/.test(below) || !isAbsolute(path) ? path : join(given, below);
}

/** Whether what the post-processor took stays when it is done. */
export function keepsInput({ keepInput }: PostProcessor, { keepInputArtifact }: PostProcessorPlan): boolean {
  return keepInput === 'always' || (keepInputArtifact ?? keepInput === 'keep');
}

/** Removes used-up inputs, except for files that something kept consists of: a pass-through hands its input on. */
async function removeDiscarded(discarded: readonly Artifact[], kept: readonly Artifact[]): Promise<void> {
  const needed = new Set(kept.flatMap((artifact) => artifact.files));
  for (const artifact of discarded) {
    if (!artifact.files.some((file) => needed.has(file))) {
      await artifact.destroy();
      continue;
    }
    for (const file of artifact.files) {
      if (!needed.has(file)) await rm(file, { force: true });
    }
  }
}
