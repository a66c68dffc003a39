import { CommandError, lastLines } from '../../lib/process/command-error.ts';
import { HypervisorError } from '../hypervisor.ts';

/** What the failed command was about, for the words of its explanation. */
export interface Attempt {
  /** What could not be done, as the start of a sentence: "The virtual machine web could not be started". */
  readonly what: string;
  readonly name?: string;
  readonly template?: string;
  readonly disk?: string;
}

interface Explanation {
  readonly pattern: RegExp;
  readonly cause: string | ((attempt: Attempt) => string);
  readonly hint: (attempt: Attempt) => string;
}

const START_FAILED = 'start vm command failed: ';
const started = (text: string) => new RegExp(`${START_FAILED}${text}`);

/** vmctl(8) and vmd(8) say little, and some of it means something else. The reasons are in vmd's log, /var/log/daemon. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /connect: \S*vmd\.sock: (No such file|Connection refused)/,
    cause: 'vmd(8) does not run',
    hint: () => 'Start it: rcctl enable vmd; rcctl start vmd.',
  },
  {
    pattern: /connect: \S*vmd\.sock: Permission denied/,
    cause: 'you may not talk to vmd(8)',
    hint: () => 'Let your group use it: "socket owner :GROUP" in /etc/vm.conf, then rcctl restart vmd.',
  },
  {
    pattern: /vmm bios firmware file not found/,
    cause: 'there is no BIOS firmware for virtual machines',
    hint: () => 'Install it: fw_update vmm.',
  },
  {
    pattern: /could not open disk image/,
    cause:
      'vmd(8) could not open the disk image: it is missing, not yours to read and write, or in use by another machine',
    hint: ({ disk }) =>
      `See whether another machine uses ${disk ?? 'it'}: vmctl status, fstat ${disk ?? ''}`.trim(),
  },
  {
    pattern: /could not find specified iso image/,
    cause: 'vmd(8) could not open the ISO image',
    hint: () => 'Check cdrom; vmd(8) must be allowed to read the file.',
  },
  {
    pattern: /invalid disk path: /,
    cause: 'the disk image is no longer there',
    hint: () => 'Something has removed it during the build; see which program cleans up in output_directory.',
  },
  {
    pattern: /invalid iso image path: /,
    cause: 'vmctl(8) does not find the ISO image',
    hint: () => 'Check cdrom; the file must be there until the installation has ended.',
  },
  {
    pattern: /invalid boot image path: /,
    cause: 'vmctl(8) does not find the kernel or firmware to boot',
    hint: () => 'Check boot; the file must be there when the machine starts.',
  },
  {
    pattern: /vmctl: (name too long|invalid VM name)/,
    cause: ({ name }) => `vmctl(8) does not accept "${name}" as the name of a virtual machine (vm_name)`,
    hint: () => 'Use at most 63 letters, digits, ".", "_" and "-", and begin with a letter.',
  },
  {
    pattern: /invalid template/,
    cause: ({ template }) => `vmd(8) knows no template "${template}" (vm_template)`,
    hint: ({ template }) =>
      `Define vm "${template}" in /etc/vm.conf and run: vmctl reload. What vmd knows is shown by: vmctl status.`,
  },
  {
    pattern: started('File name too long'),
    cause:
      'the template does not allow you to make instances of it (vmd(8) says "File name too long" for that)',
    hint: ({ template }) =>
      `Add to vm "${template}" in /etc/vm.conf: allow instance { owner YOU }, then vmctl reload.`,
  },
  {
    pattern: started('Too many processes'),
    cause: 'vmd(8) already knows an instance of that name',
    hint: ({ name }) =>
      `See vmctl status; choose another vm_name, or end the other machine: vmctl stop ${name}.`,
  },
  {
    pattern: started('Operation not permitted'),
    cause:
      'vmd(8) does not permit it: the template does not allow instances to set one of the options, or the machine has restarted too often',
    hint: ({ template }) =>
      `In vm "${template}" of /etc/vm.conf, allow what is set: allow instance { boot, cdrom, disk, interface, memory, owner YOU }, then vmctl reload. The refused option is named in /var/log/daemon.`,
  },
  {
    pattern: started('Device busy'),
    cause: 'the disk is also one of the template',
    hint: ({ template }) => `Give vm "${template}" in /etc/vm.conf another disk, such as disk "/dev/null".`,
  },
  {
    pattern: started('Operation already in progress'),
    cause: 'a machine of that name runs already, or is defined in vm.conf(5)',
    hint: ({ name }) =>
      `See vmctl status; choose another vm_name, or end the other machine: vmctl stop ${name}.`,
  },
  {
    pattern: started('No such file or directory'),
    cause: 'there is no free tap(4) device',
    hint: () => 'Make more: cd /dev; sh MAKEDEV tap4 tap5 tap6 tap7.',
  },
  {
    pattern: started('Cannot allocate memory'),
    cause: 'there is not enough memory for it',
    hint: () => 'Lower memory, or raise datasize of the class vmd in /etc/login.conf.',
  },
  {
    pattern: /no kernel or disk\/cdrom specified/,
    cause: 'there is nothing to boot from',
    hint: () => 'Set cdrom or boot.',
  },
  {
    pattern: /memory size (too large|must be)/,
    cause: 'the memory size is out of range',
    hint: () => 'Change memory; it takes digits and a unit, such as "1G".',
  },
  {
    pattern: /create imagefile operation failed: File exists/,
    cause: 'the file exists already',
    hint: () => 'Move it away, choose another output_directory or vm_name, or replace it with -force.',
  },
  {
    pattern: /create imagefile operation failed: No space left/,
    cause: 'the file system is full',
    hint: () => 'Make room, or choose another output_directory.',
  },
  {
    pattern:
      /create imagefile operation failed: (Permission denied|Operation not permitted|Read-only file system)/,
    cause: 'it may not be written there, or its base image may not be read',
    hint: () => 'Choose an output_directory in which you may write; check the permissions of disk_base.',
  },
  {
    pattern: /create imagefile operation failed: (No such file or directory|Not a directory)/,
    cause: 'its folder or its base image is not there',
    hint: () => 'Check output_directory and disk_base; another program may have removed one of them.',
  },
  {
    pattern: /create imagefile operation failed: Disc quota exceeded/,
    cause: 'your quota is used up',
    hint: () => 'Make room, or choose another output_directory.',
  },
  {
    pattern: /missing size argument/,
    cause: 'the image has neither a size nor a base',
    hint: () => 'Set disk_size, such as "20G".',
  },
  {
    pattern: /^usage: |unknown option|unknown argument|ambiguous argument/m,
    cause: 'this vmctl(8) does not understand the command line',
    hint: () => 'OpenBSD 7.3 or later is needed.',
  },
];

const LOG_HINT = 'What vmd(8) says about it is in /var/log/daemon.';
const HANGING_HINT =
  'vmd(8) does not answer. See its log, /var/log/daemon; when it hangs, restart it, which ends all of its machines: rcctl restart vmd. On a host that is only slow, set VMM_HCL_VMCTL_TIMEOUT to more than 15s.';

/** A sentence on why a command failed, from what it printed on standard error. */
export function explain(attempt: Attempt, said: string, cause?: unknown): HypervisorError {
  const words = lastLines(said, 5);
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(said));
  const quoted = words === '' ? 'vmctl said nothing' : `vmctl said: ${words}`;
  const reason = typeof known?.cause === 'function' ? known.cause(attempt) : known?.cause;
  const message = `${attempt.what}: ${reason === undefined ? '' : `${reason}.\n`}${quoted}`;
  return new HypervisorError(message, known?.hint(attempt) ?? LOG_HINT, { cause });
}

/** The same for a failure of the process runner. Other errors are returned as they are. */
export function explainError(attempt: Attempt, error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  if (EXPLANATIONS.some(({ pattern }) => pattern.test(error.stderr)))
    return explain(attempt, error.stderr, error);
  const hint = error.timedOut ? HANGING_HINT : LOG_HINT;
  return new HypervisorError(`${attempt.what}: ${error.message}`, hint, { cause: error });
}
