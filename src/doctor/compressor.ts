import { type Check, failed, ok } from './check.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** Whether the programs are there that the blocks of the post-processor compress need. */
export function checkCompressors(probe: Probe, { compressors = [] }: Subject): Check[] {
  return compressors.map(({ program, origin }) => {
    const path = probe.findProgram(program);
    if (path !== undefined) return { ...ok('compressor', `${path} compresses for compress.`), origin };
    const isOpenBsd = probe.platform === 'openbsd';
    // Debian's package of xz has another name.
    const name = program === 'xz' && !isOpenBsd ? 'xz-utils' : program;
    const check = failed(
      'compressor',
      `There is no program ${program} on the PATH.`,
      `The post-processor compress in ${origin.file}:${origin.line} needs it.`,
      {
        text: isOpenBsd
          ? `Install ${program}, as root:`
          : `Install ${program}, as root (Debian and Ubuntu; elsewhere the package may be called otherwise):`,
        lines: [isOpenBsd ? `pkg_add ${name}` : `apt-get install ${name}`],
      },
      { text: 'Or choose gz, tar.gz or zip, which need no program.' },
    );
    return { ...check, origin };
  });
}
