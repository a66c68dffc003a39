import { type Check, failed, install, ok } from './check.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** Whether the programs are there that the blocks of the post-processor compress need. */
export function checkCompressors(probe: Probe, { compressors = [] }: Subject): Check[] {
  return compressors.map(({ program, origin }) => {
    const path = probe.findProgram(program);
    if (path !== undefined) return { ...ok('compressor', `${path} compresses for compress.`), origin };
    // Debian's package of xz has another name.
    const debian = program === 'xz' ? 'xz-utils' : program;
    const check = failed(
      'compressor',
      `There is no program ${program} on the PATH.`,
      `The post-processor compress in ${origin.file}:${origin.line} needs it.`,
      install(program, { openbsd: program, debian }, probe.platform),
      { text: 'Or choose gz, tar.gz or zip, which need no program.' },
    );
    return { ...check, origin };
  });
}
