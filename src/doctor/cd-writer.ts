import { findCdWriter } from '../lib/cd-writer.ts';
import { at, type Check, failed, ok } from './check.ts';
import type { Probe } from './probe.ts';
import { filesCdArgument, type Subject } from './subject.ts';

/** Whether the CD of files of a source can be made. */
export function checkCdWriter(probe: Probe, { config }: Subject): Check[] {
  const argument = filesCdArgument(config);
  if (argument === undefined) return [];
  const writer = findCdWriter((name, folders) => probe.findProgram(name, folders));
  if (writer !== undefined) return [at(ok('cd-writer', `${writer.program} makes the CD.`), argument)];
  const why = `${argument} needs xorriso, mkisofs, genisoimage, mkhybrid or hdiutil, and none is there.`;
  const install =
    probe.platform === 'openbsd'
      ? {
          text: 'mkhybrid(8) is part of OpenBSD, in /usr/sbin. Or install xorriso, as root:',
          lines: ['pkg_add xorriso'],
        }
      : {
          text: 'Install xorriso, as root (Debian and Ubuntu; elsewhere the package has the same name):',
          lines: ['apt-get install xorriso'],
        };
  const instead = { text: 'Or serve the files over HTTP, with http_content or http_directory.' };
  return [at(failed('cd-writer', 'No program that makes CDs was found.', why, install, instead), argument)];
}
