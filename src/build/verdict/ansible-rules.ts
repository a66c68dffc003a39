import type { Evidence, Judgement, Rule } from './evidence.ts';

/** A rule about what ansible-playbook says, here or in the guest. */
function played(
  name: string,
  pattern: RegExp,
  judge: (found: readonly string[], evidence: Evidence) => Judgement,
): Rule {
  return {
    name,
    judge: (evidence) => {
      const { step, output } = evidence;
      if (step !== 'provision' || output === undefined || !/\bansible\b/.test(output.of)) return undefined;
      const line = output.lines.findLast((text) => pattern.test(text));
      return line === undefined ? undefined : judge(pattern.exec(line)!, evidence);
    },
  };
}

/** What ansible-playbook says before it gives up. */
export const ANSIBLE_RULES: readonly Rule[] = [
  played('ansible-locale', /requires the locale encoding to be UTF-8/, () => ({
    cause: 'Ansible runs only in a locale with UTF-8, which the environment of this build is not.',
    next: 'Put "LC_ALL=C.UTF-8" into ansible_env_vars, or set LC_ALL where the build is started.',
  })),
  played('ansible-no-sshpass', /you must install the sshpass program/, () => ({
    cause:
      'Ansible hands passwords over with sshpass, which this machine does not have; what stands in for it could not be run from the folder for temporary files.',
    next: 'Install sshpass; or set TMPDIR to a folder whose file system is not mounted noexec; or log in with a key.',
  })),
  played(
    'ansible-no-python',
    /No python interpreters found|\bpython[0-9.]*: (?:command )?not found|python[0-9.]*: No such file/,
    () => ({
      cause:
        "The guest has no Python that Ansible finds; all of Ansible's modules but raw and script need one.",
      next: 'Install Python with a shell provisioner before this one, or begin the playbook with gather_facts: false and a raw task that does.',
    }),
  ),
  played('ansible-unreachable', /UNREACHABLE! => .*"msg": "((?:[^"\\]|\\.)*)"/, ([, said = '']) => ({
    cause: `Ansible could not log in to the guest by itself: "${lastWords(said)}".`,
    next: 'Compare user (as whom Ansible logs in) with ssh_username; an inventory_file has to name the guest\'s address, port and key. With "-vvv" in extra_arguments Ansible shows what ssh says.',
  })),
  played('ansible-task-failed', /^fatal: \[([^\]]*)\].*FAILED!/, (_, { output }) => {
    const task = output?.lines.findLast((line) => /^(?:TASK|RUNNING HANDLER) \[/.test(line));
    const name = task === undefined ? 'A task' : `The task "${task.replace(/^[^[]*\[(.*)\][ *]*$/, '$1')}"`;
    return {
      cause: `${name} failed; what it said stands above, after "fatal:".`,
      next: 'To look into the guest where it stands, build with -on-error=ask. With "-v" in extra_arguments Ansible shows more.',
    };
  }),
  played('ansible-refused', /^(?:ERROR!|\[ERROR\]:) (.+)/, ([, said = '']) => ({
    cause: `ansible-playbook cannot use what it is given: "${said.slice(0, 200)}".`,
    next: 'The lines above say where. ansible-playbook --syntax-check FILE shows the same without a build.',
  })),
];

/** The last line of what ssh(1) said, out of the JSON in which Ansible prints it; those before tell of the new host key. */
function lastWords(said: string): string {
  const lines = said.split(/(?:\\r)?\\n/).filter((line) => line !== '');
  return (lines.at(-1) ?? said).replaceAll('\\"', '"').slice(0, 200);
}
