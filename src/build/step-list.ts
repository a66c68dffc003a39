import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildContext } from './context.ts';
import type { Step } from './step.ts';
import { bootCommand } from './steps/boot-command.ts';
import { clearKeys } from './steps/clear-keys.ts';
import { cd } from './steps/cd.ts';
import { connect } from './steps/connect.ts';
import { disk } from './steps/disk.ts';
import { generatedFiles } from './steps/generated-files.ts';
import { httpServer } from './steps/http-server.ts';
import { image } from './steps/image.ts';
import { install } from './steps/install.ts';
import { iso } from './steps/iso.ts';
import { outputDirectory } from './steps/output-directory.ts';
import { postProcess } from './steps/post-process.ts';
import { provision } from './steps/provision.ts';
import { shutdown } from './steps/shutdown.ts';
import { start } from './steps/start.ts';
import { temporaryKey } from './steps/temporary-key.ts';

/** A step, and why this build leaves it out, if it does. */
export interface ListedStep {
  readonly step: Step<BuildContext>;
  /** The reason, in a full sentence. */
  readonly skipped?: string;
}

/** All steps in order. The one place that says which of them a plan needs: for the executor, and for what is told before. */
export function listSteps(plan: BuildPlan): readonly ListedStep[] {
  const { config, ssh } = plan.source;
  const noIso = config.iso === undefined ? 'The source names no iso_url.' : undefined;
  const noTemporaryKey =
    ssh.temporary_key_pair === undefined
      ? 'Nothing in the template brings a temporary key into the guest.'
      : undefined;
  const noCd = config.cd === undefined ? 'The source sets neither cd_files nor cd_content.' : undefined;
  const noServer = hasHttpServer(plan)
    ? undefined
    : 'The source sets neither http_directory nor http_content.';
  const noFiles =
    config.http_directory === undefined
      ? 'Files are generated from http_directory only, which is not set.'
      : undefined;
  const noKeys = config.boot_command === '' ? 'boot_command is empty.' : undefined;
  // With neither a way in nor work to do, the image is done when the installer has powered off.
  const noSecondBoot =
    config.communicator === 'none' && plan.provisioners.length === 0
      ? 'The communicator is "none" and there are no provisioners, so the installed system is not started.'
      : undefined;
  const noClearing =
    noSecondBoot ??
    noTemporaryKey ??
    (ssh.ssh_clear_authorized_keys ? undefined : 'ssh_clear_authorized_keys is not set.');
  return [
    { step: outputDirectory },
    { step: cd, skipped: noCd },
    { step: iso, skipped: noIso },
    { step: temporaryKey, skipped: noTemporaryKey },
    { step: disk },
    { step: start('install') },
    { step: httpServer, skipped: noServer },
    { step: generatedFiles, skipped: noFiles },
    { step: bootCommand, skipped: noKeys },
    { step: install },
    { step: start('provision'), skipped: noSecondBoot },
    { step: connect, skipped: noSecondBoot },
    { step: provision, skipped: noSecondBoot },
    { step: clearKeys, skipped: noClearing },
    { step: shutdown, skipped: noSecondBoot },
    { step: image },
    {
      step: postProcess(),
      skipped: plan.postProcessors.length === 0 ? 'There are no post-processors.' : undefined,
    },
  ];
}

/** The steps that this plan needs, in order. */
export function stepsOf(plan: BuildPlan): readonly Step<BuildContext>[] {
  return listSteps(plan).flatMap(({ step, skipped }) => (skipped === undefined ? [step] : []));
}

export function hasHttpServer({ source: { config } }: BuildPlan): boolean {
  return config.http_directory !== undefined || config.http_content !== undefined;
}
