import { join } from 'node:path';
import type { BuildContext } from '../context.ts';
import type { Gathered } from '../verdict/gather.ts';
import type { DossierOptions } from '../options.ts';
import type { BuildFailure, BuildResult } from '../result.ts';
import * as documents from './documents.ts';
import { environmentText } from './environment.ts';
import { FILES, makeFolder, writeNew } from './folder.ts';
import type { FileName } from './folder.ts';
import type { Recorder } from './recorder.ts';
import { templateText } from './template-text.ts';

/** What the dossier is made of. */
export interface Material {
  readonly context: BuildContext;
  readonly recorder: Recorder;
  readonly gathered: Gathered;
  readonly result: BuildResult;
  readonly failure: BuildFailure;
}

/**
 * Where the dossier of a build goes: beside its console log, always under the same name, so that a job that fails every night
 * does not fill the disk.
 */
function dossierPath({ plan }: Pick<BuildContext, 'plan'>): string {
  const { log_directory: folder, vm_name: name } = plan.source.config;
  return join(folder, `${name}-failure`);
}

/**
 * Writes the folder with all that is known of a failure. A file that cannot be written costs that file: never throws.
 * @returns what to add to the failure
 */
export async function writeDossier(
  options: DossierOptions,
  material: Material,
): Promise<Pick<BuildFailure, 'dossier' | 'dossierProblem'>> {
  const path = dossierPath(material.context);
  try {
    await makeFolder(path);
  } catch (error) {
    return { dossierProblem: `The evidence could not be written to ${path}: ${(error as Error).message}.` };
  }
  const { redactor } = material.context.emitter;
  let problem: string | undefined;
  for (const name of FILES) {
    try {
      const text = await textOf(name, options, path, material);
      if (text !== undefined) await writeNew(join(path, name), redactor.text(text));
    } catch (error) {
      problem ??= `${name} could not be written: ${(error as Error).message}.`;
    }
  }
  return { dossier: path, dossierProblem: problem };
}

async function textOf(
  name: FileName,
  { program, report }: DossierOptions,
  path: string,
  { context, recorder, gathered, result, failure }: Material,
): Promise<string | undefined> {
  switch (name) {
    case 'verdict.txt':
      return `${program}, ${new Date(gathered.snapshot.time).toISOString()}\n\n${report(result, { ...failure, dossier: path })}`;
    case 'screen.txt':
      return documents.screenText(gathered.snapshot);
    case 'console.txt':
      return documents.consoleText(gathered.snapshot);
    case 'log.txt':
      return documents.logText(recorder);
    case 'http.txt':
      return documents.httpText(recorder, gathered.http);
    case 'ssh.txt':
      return documents.sshText(recorder);
    case 'commands.txt':
      return documents.commandsText(recorder);
    case 'template.txt':
      return templateText(context.plan, failedProvisioners(recorder), gathered.data);
    case 'steps.txt':
      return documents.stepsText(recorder);
    case 'environment.txt':
      return environmentText(program, context.hypervisor, context.plan.source.config);
  }
}

/** Numbers of the provisioners that failed, from 1. */
function failedProvisioners({ ends }: Recorder): number[] {
  const failed = ends
    .items()
    .flatMap((end) => (end.type === 'provisioner-end' && end.outcome !== 'success' ? [end.index] : []));
  return [...new Set(failed)];
}
