import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Action } from '../../plan/action.ts';
import type { BootPurpose } from '../events.ts';
import { lockPath } from '../lock.ts';
import { machineSpec } from '../machine-spec.ts';
import { diskSpec, refuseExisting } from '../steps/disk.ts';
import { attempt } from './attempt.ts';
import { expectedIso } from './iso.ts';
import { imageStays } from './post-processing.ts';
import type { PreviewContext } from './preview.ts';

export async function describeOutputDirectory({ plan }: PreviewContext): Promise<readonly Action[]> {
  const path = plan.source.config.output_directory;
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return [{ type: 'path', path, what: 'folder of the image', stays: true }];
  if (info.isDirectory()) return [{ type: 'check', text: `The output folder ${path} is there.` }];
  return [{ type: 'problem', text: `The output folder ${path} cannot be created: a file has this name.` }];
}

export async function describeDisk(context: PreviewContext): Promise<readonly Action[]> {
  const { paths, plan, hypervisor, force } = context;
  const existing = await attempt(async () => {
    if (await refuseExisting(context)) {
      return [
        { type: 'note', text: `${paths.image} exists and stays until the new image is complete (-force).` },
      ];
    }
    return [
      {
        type: 'check',
        text: `The image ${paths.image} does not exist yet${force ? '' : ', so nothing is in its way'}.`,
      },
    ];
  });
  return [
    ...existing,
    { type: 'path', path: lockPath(dirname(paths.image), basename(paths.image)), what: 'lock', stays: false },
    { type: 'path', path: paths.partial, what: 'unfinished image', stays: false },
    ...(await attempt(() => hypervisor.describe({ kind: 'create-disk', disk: diskSpec(plan, paths) }))),
  ];
}

export async function describeStart(
  { plan, paths, hypervisor }: PreviewContext,
  purpose: BootPurpose,
): Promise<readonly Action[]> {
  const { iso } = plan.source.config;
  const spec = machineSpec(plan, paths, purpose, iso && expectedIso(iso));
  const log: Action[] =
    purpose === 'install'
      ? [{ type: 'path', path: paths.consoleLog, what: 'log of the serial console', stays: true }]
      : [];
  return [
    ...log,
    ...(await hypervisor.describe({ kind: 'start', spec, fetchesCdrom: iso !== undefined })),
    ...(await hypervisor.describe({ kind: 'wait', name: spec.name })),
  ];
}

export async function describeImage({ paths, plan }: PreviewContext): Promise<readonly Action[]> {
  return [
    { type: 'note', text: `${paths.partial} is flushed to the disk and gets its final name.` },
    { type: 'path', path: paths.image, what: 'the image', stays: await imageStays(plan) },
  ];
}
