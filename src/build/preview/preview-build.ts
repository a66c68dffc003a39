import type { Action } from '../../plan/action.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import { dataOf } from '../build-data.ts';
import type { StepName } from '../events.ts';
import { probedMachine } from '../guest/machine-spec.ts';
import { pathsOf } from '../output/paths.ts';
import { Redactor } from '../redact.ts';
import { secretsOf } from '../secrets.ts';
import { hasHttpServer, listSteps } from '../step-list.ts';
import { attempt } from './attempt.ts';
import { describePostProcessors } from './post-processing.ts';
import type {
  BuildPreview,
  PreviewContext,
  PreviewOptions,
  StepDescription,
  StepPreview,
} from './preview.ts';
import { describeCd } from './cd.ts';
import { describeIso } from './iso.ts';
import {
  describeClearKeys,
  describeConnect,
  describeProvisioners,
  describeShutdown,
  describeTemporaryKey,
} from './installed-system.ts';
import {
  describeBootCommand,
  describeFiles,
  describeInstall,
  describeServer,
  onlyPort,
} from './installation.ts';
import { describeDisk, describeImage, describeOutputDirectory, describeStart } from './machine.ts';

/** What each step does; one that is missing here does not compile. */
const DESCRIPTIONS: Readonly<Record<StepName, StepDescription>> = {
  'output directory': describeOutputDirectory,
  'cd image': describeCd,
  'iso image': describeIso,
  'temporary key': describeTemporaryKey,
  disk: describeDisk,
  'start (install)': (context) => describeStart(context, 'install'),
  'http server': describeServer,
  'generated files': describeFiles,
  'boot command': describeBootCommand,
  install: describeInstall,
  'start (provision)': (context) => describeStart(context, 'provision'),
  connect: describeConnect,
  provision: describeProvisioners,
  'clear keys': describeClearKeys,
  shutdown: describeShutdown,
  image: describeImage,
  'post-processors': describePostProcessors,
};

/** Words of ours in previews, which stay even where a secret happens to be the same word. */
const OWN_WORDS = new Set(['type', 'step', 'where', 'hypervisor', 'skipped', 'when']);

/** Tells what a build would do. Reads files; creates and starts nothing. What would make it fail is an action of its own. */
export async function previewBuild(plan: BuildPlan, options: PreviewOptions): Promise<BuildPreview> {
  const context = contextOf(plan, options);
  const { hypervisor } = options;
  const before = await attempt(() => hypervisor.describe({ kind: 'probe', machine: probedMachine(plan) }));
  const steps: StepPreview[] = [];
  for (const { step, skipped } of listSteps(plan)) {
    const actions = skipped === undefined ? await attempt(() => DESCRIPTIONS[step.name](context)) : [];
    steps.push({ step: step.name, skipped, actions });
  }
  const preview: BuildPreview = {
    build: plan.name,
    origin: plan.source.origin,
    hypervisor: hypervisor.name,
    before,
    steps,
    files: steps.flatMap(({ actions }) => actions.flatMap(lastingFile)),
  };
  return withoutSecrets(preview, new Redactor(secretsOf(plan)));
}

/** In evaluated blocks the names are the template's, so none of their values is a word of ours. */
function withoutSecrets(preview: BuildPreview, redactor: Redactor): BuildPreview {
  const clean = (action: Action): Action =>
    action.type === 'config' ? { ...action, config: redactor.data(action.config) } : action;
  const steps = preview.steps.map((step) => ({ ...step, actions: step.actions.map(clean) }));
  return redactor.data({ ...preview, steps }, OWN_WORDS);
}

function contextOf(plan: BuildPlan, options: PreviewOptions): PreviewContext {
  const { config, ssh } = plan.source;
  const addresses = options.hypervisor.expectAddresses({ guestPort: ssh.ssh_port });
  const port = onlyPort(config) ?? '<http-port>';
  const http = hasHttpServer(plan) ? { host: addresses.host, port } : undefined;
  const withKey =
    config.communicator === 'ssh' &&
    (ssh.ssh_private_key_file !== undefined || ssh.temporary_key_pair !== undefined);
  return {
    ...options,
    plan,
    paths: pathsOf(plan, '<id>'),
    http,
    data: dataOf(plan, {
      http,
      guest: addresses.guest,
      keys: {
        privateKey: withKey ? '<private-key>' : '',
        publicKey: withKey ? '<public-key>' : '',
      },
      runUuid: '<run-uuid>',
    }),
  };
}

function lastingFile(action: Action): { path: string; what: string }[] {
  return action.type === 'path' && action.stays ? [{ path: action.path, what: action.what }] : [];
}
