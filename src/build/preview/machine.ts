import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Action } from '../../plan/action.ts';
import type { VmmConfig } from '../../plan/vmm-config.ts';
import { disksOf } from '../context.ts';
import type { BootPurpose } from '../events.ts';
import { lockPath } from '../output/lock.ts';
import { machineSpec } from '../guest/machine-spec.ts';
import { diskSpecs, refuseExisting } from '../steps/disk.ts';
import { attempt } from './attempt.ts';
import { EXPECTED_CD } from './cd.ts';
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
  const disks = disksOf(paths);
  const existing = await attempt(async () => {
    const old = await refuseExisting(context);
    return disks.map(({ image }): Action =>
      old.includes(image)
        ? { type: 'note', text: `${image} exists and stays until the new image is complete (-force).` }
        : {
            type: 'check',
            text: `The image ${image} does not exist yet${force ? '' : ', so nothing is in its way'}.`,
          },
    );
  });
  const specs = diskSpecs(plan, paths);
  const made: Action[] = [];
  for (const [index, { image, partial }] of disks.entries()) {
    made.push(
      { type: 'path', path: lockPath(dirname(image), basename(image)), what: 'lock', stays: false },
      { type: 'path', path: partial, what: `unfinished ${nameOf(index)}`, stays: false },
      ...(await attempt(() => hypervisor.describe({ kind: 'create-disk', disk: specs[index]! }))),
    );
  }
  return [...existing, ...made];
}

export async function describeStart(
  { plan, paths, hypervisor }: PreviewContext,
  purpose: BootPurpose,
): Promise<readonly Action[]> {
  const { config } = plan.source;
  const { iso, cd } = config;
  const spec = machineSpec(plan, paths, purpose, {
    iso: iso && expectedIso(iso),
    cd: cd && EXPECTED_CD,
  });
  const log: Action[] =
    purpose === 'install'
      ? [{ type: 'path', path: paths.consoleLog, what: 'log of the serial console', stays: true }]
      : [];
  const what = 'asciicast of the console';
  return [
    ...log,
    { type: 'path', path: paths.recordings[purpose], what, stays: true },
    ...(await hypervisor.describe({ kind: 'start', spec, fetchesCdrom: iso !== undefined })),
    ...(await hypervisor.describe({ kind: 'wait', name: spec.name })),
    ...(purpose === 'install' ? patternNotes(config) : []),
  ];
}

/** The user's own rules for the lines of the console. */
function patternNotes({
  console_fatal_patterns: fatal = [],
  console_ignore_patterns: ignore = [],
}: VmmConfig): Action[] {
  const note = (patterns: readonly string[], effect: string): Action[] => {
    if (patterns.length === 0) return [];
    const list = patterns.map((pattern) => `"${pattern}"`).join(' or ');
    return [{ type: 'note', text: `In every boot, a line of the console that matches ${list} ${effect}.` }];
  };
  return [
    ...note(fatal, 'ends the build (console_fatal_patterns)'),
    ...note(ignore, 'never ends the build (console_ignore_patterns)'),
  ];
}

export async function describeImage({ paths, plan }: PreviewContext): Promise<readonly Action[]> {
  const stays = await imageStays(plan);
  const names = disksOf(paths).map(({ partial }) => partial);
  return [
    {
      type: 'note',
      text:
        names.length === 1
          ? `${paths.partial} is flushed to the disk and gets its final name.`
          : `${names.join(' and ')} are flushed to the disk, and all get their final names.`,
    },
    ...disksOf(paths).map(({ image }, index): Action => {
      const what = index === 0 ? 'the image' : nameOf(index);
      return { type: 'path', path: image, what, stays };
    }),
  ];
}

function nameOf(index: number): string {
  return index === 0 ? 'image' : `disk ${index} of disk_additional_size`;
}
