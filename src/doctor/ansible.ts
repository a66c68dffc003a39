import { type Check, ok, warning } from './check.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** Whether the programs are there that the provisioner ansible runs. A script of the template may bring one: that is no failure yet. */
export function checkAnsible(probe: Probe, { ansiblePrograms = [] }: Subject): Check[] {
  return ansiblePrograms.map(({ program, origin }) => {
    const path = probe.findProgram(program);
    if (path !== undefined) return { ...ok('ansible', `${path} runs the playbooks.`), origin };
    const isOpenBsd = probe.platform === 'openbsd';
    const check = warning(
      'ansible',
      `There is no program ${program}${program.includes('/') ? '' : ' on the PATH'}.`,
      `The provisioner ansible in ${origin.file}:${origin.line} runs it on this machine once the guest is installed. Unless something brings it until then, the build fails that late.`,
      {
        text: isOpenBsd
          ? 'Install Ansible, as root:'
          : 'Install Ansible, as root (Debian and Ubuntu; elsewhere the package may be called otherwise):',
        lines: [isOpenBsd ? 'pkg_add ansible' : 'apt-get install ansible-core'],
      },
      { text: 'Or name the program with command.' },
    );
    return { ...check, origin };
  });
}
