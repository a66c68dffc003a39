import { type Check, install, ok, warning } from './check.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** Whether the programs are there that the provisioner ansible runs. A script of the template may bring one: that is no failure yet. */
export function checkAnsible(probe: Probe, { ansiblePrograms = [] }: Subject): Check[] {
  return ansiblePrograms.map(({ program, origin }) => {
    const path = probe.findProgram(program);
    if (path !== undefined) return { ...ok('ansible', `${path} runs the playbooks.`), origin };
    const check = warning(
      'ansible',
      `There is no program ${program}${program.includes('/') ? '' : ' on the PATH'}.`,
      `The provisioner ansible in ${origin.file}:${origin.line} runs it on this machine once the guest is installed. Unless something brings it until then, the build fails that late.`,
      install('Ansible', { openbsd: 'ansible', debian: 'ansible-core' }, probe.platform),
      { text: 'Or name the program with command.' },
    );
    return { ...check, origin };
  });
}
