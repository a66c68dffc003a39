import { lastLine } from './disk-rules.ts';
import type { Evidence, Judgement, Rule } from './evidence.ts';

/** A rule about the script of a provisioner, or about what the installer says on its console. */
function said(name: string, pattern: RegExp, judge: (line: string, evidence: Evidence) => Judgement): Rule {
  return {
    name,
    judge: (evidence) => {
      // The console of an installed system only says what happened at its boot.
      const console = evidence.step === 'provision' ? [] : evidence.console;
      const line = lastLine({ ...evidence, console }, pattern);
      return line === undefined ? undefined : judge(line, evidence);
    },
  };
}

/** What the script of a provisioner says last. */
export const PROVISION_RULES: readonly Rule[] = [
  said(
    'no-privileges',
    /sudo: (?:a (?:terminal|password) is required|no tty present)|doas: (?:Authentication (?:failed|required)|a tty is required|Operation not permitted)/,
    (line) => ({
      cause: `The script may not become root without a password: "${line}".`,
      next: 'Let the installation allow it (sudo: NOPASSWD; doas.conf: permit nopass), or pass the password with execute_command.',
    }),
  ),
  said(
    'guest-no-dns',
    /Could not resolve|Temporary failure (?:in name )?resol|no address associated with (?:host)?name|Name or service not known|bad address '/i,
    (line, { hypervisor }) => ({
      cause: `The guest cannot resolve the names of hosts: "${line}".`,
      next:
        hypervisor === 'vmctl'
          ? 'The DHCP answer of vmd(8) names this machine as the resolver: run one here, or redirect the queries with pf (README, "On OpenBSD").'
          : 'Check that this machine itself can resolve names; QEMU passes the queries on to its resolver.',
    }),
  ),
  said('guest-no-route', /Network is unreachable|No route to host/i, (line, { hypervisor }) => ({
    cause: `The guest has no way to the network: "${line}".`,
    next:
      hypervisor === 'vmctl'
        ? 'Guests need forwarding and NAT on this machine: sysctl net.inet.ip.forwarding=1, and the pf rules of README, "On OpenBSD".'
        : 'See whether the guest got an address and a default route by DHCP.',
  })),
  {
    name: 'command-not-found',
    judge: (evidence) =>
      evidence.step === 'provision' && evidence.commandEnd?.status === 127
        ? {
            cause: `The script ran a command that the guest does not have${quoted(lastLine(evidence, /not found/i))}.`,
            next: 'Install it in an earlier provisioner, or write its path: the PATH of a command by SSH is short.',
          }
        : undefined,
  },
  {
    name: 'script-not-executable',
    judge: (evidence) =>
      evidence.step === 'provision' && evidence.commandEnd?.status === 126
        ? {
            cause: `The guest could not execute the script${quoted(lastLine(evidence, /permission denied|not found|exec/i))}.`,
            next: 'Is the program of its first line (#!) there? If /tmp is mounted noexec, set remote_folder or execute_command.',
          }
        : undefined,
  },
  {
    name: 'provisioner-failed',
    judge: ({ step, output, hint }) =>
      step === 'provision' && hint === undefined && output !== undefined && output.lines.length > 0
        ? {
            cause: `The last thing that ${output.of} printed stands above.`,
            next: 'To look into the guest where it stands, build with -on-error=ask, or put a breakpoint provisioner before it.',
          }
        : undefined,
  },
];

function quoted(line: string | undefined): string {
  return line === undefined ? '' : `: "${line}"`;
}
