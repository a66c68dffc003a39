import type { Evidence, Judgement, Rule } from './evidence.ts';

type State = NonNullable<Evidence['ssh']>;

const LOGIN_PROMPT = /\blogin: *$/;

/** A rule about a guest that could not be reached; it sees how far the last attempt came. */
function rule(name: string, judge: (ssh: State, evidence: Evidence) => Judgement | undefined): Rule {
  return {
    name,
    judge: (evidence) => {
      const connecting = evidence.step === 'connect' || evidence.step === 'provision';
      return connecting && evidence.ssh !== undefined && evidence.ssh.stage !== 'connected'
        ? judge(evidence.ssh, evidence)
        : undefined;
    },
  };
}

/** How far SSH came before it failed. */
export const SSH_RULES: readonly Rule[] = [
  rule('ssh-no-console', ({ stage }, { console = [] }) =>
    ['tcp', 'banner'].includes(stage) && console.length === 0
      ? {
          cause:
            'The installed system has printed nothing on the serial console, and does not answer by SSH.',
          next: 'Let the installation make it boot from its disk, and use the serial console: "set tty com0" in /etc/boot.conf of OpenBSD, console=ttyS0 for Linux.',
        }
      : undefined,
  ),
  rule('ssh-connection-refused', ({ stage, text, port }) =>
    stage === 'tcp' && /refused/.test(text)
      ? {
          cause: `The guest is on the network, but no SSH server listens on port ${port}.`,
          next: 'Let the installation install and start sshd, and check ssh_port.',
        }
      : undefined,
  ),
  rule('ssh-no-network', ({ stage, host, port }, { console = [] }) =>
    ['tcp', 'banner'].includes(stage) && LOGIN_PROMPT.test(console.at(-1) ?? '')
      ? {
          cause: `The installed system is up, as the login prompt on its console shows, but does not answer at ${host}:${port}.`,
          next: 'Let the installation configure the first interface by DHCP and start sshd (log in on the console with -on-error=ask to see), and check ssh_port.',
        }
      : undefined,
  ),
  rule('ssh-no-answer', ({ stage, host, port }) =>
    stage === 'tcp' || stage === 'banner'
      ? {
          cause: `The guest had not come far enough to answer at ${host}:${port}.`,
          next: 'See the last screen how far it came. Raise ssh_timeout if it was still booting.',
        }
      : undefined,
  ),
  rule('ssh-login-refused', ({ stage, text, offered = [], tried = [] }, { source: { ssh } }) =>
    stage === 'authentication' ? refusal(text, offered, tried, ssh.ssh_username) : undefined,
  ),
  rule('ssh-handshake', ({ stage, text }) =>
    stage === 'handshake'
      ? {
          cause: `The SSH server of the guest and this program could not agree: ${text}.`,
          next: 'See the log of sshd in the guest. An sshd that is still making its keys, or an old one without modern algorithms, does this.',
        }
      : undefined,
  ),
];

function refusal(
  text: string,
  offered: readonly string[],
  tried: readonly string[],
  user: string | undefined,
): Judgement {
  const cause = `The guest runs sshd, which did not let us in: ${text}.`;
  if (tried.length === 0 && offered.length > 0) {
    const next = `Give the source what the server takes (${offered.join(', ')}): ssh_password, ssh_private_key_file or ssh_agent_auth; or let the installation change sshd_config.`;
    return { cause, next };
  }
  if (user === 'root' && tried.includes('password')) {
    const next =
      'OpenSSH lets root in with a password only with "PermitRootLogin yes" in sshd_config. Set that in the installation, or use a key; then compare ssh_password with the answer file.';
    return { cause, next };
  }
  const next =
    'Compare ssh_username and the password or key with what the answer file sets up; try them by hand on the console.';
  return { cause, next };
}
