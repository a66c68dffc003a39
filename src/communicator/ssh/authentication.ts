import type { AnyAuthMethod } from 'ssh2';
import { AttemptError } from './attempt-error.ts';
import type { Credentials } from './credentials.ts';

type Ssh2Error = Error & { readonly level?: string };

/** Offers one method after the other, of those that the server takes, and remembers what came of it. */
export class Authentication {
  readonly #remaining: AnyAuthMethod[];
  readonly #username: string;
  /** What the server said before its banner. */
  readonly #greeting: string;
  readonly #onProgress: (text: string) => void;
  #offered: readonly string[] | undefined;
  readonly #tried: string[] = [];

  constructor(credentials: Credentials, greeting: string, onProgress: (text: string) => void) {
    this.#remaining = [...credentials.methods];
    this.#username = credentials.username;
    this.#greeting = greeting;
    this.#onProgress = onProgress;
  }

  /** ssh2's `authHandler`. The first request is "none": its refusal names the methods, without counting as a failure. */
  readonly next = (offered: readonly string[] | null): AnyAuthMethod | false => {
    if (offered === null) {
      this.#onProgress(`keys exchanged, logging in as ${this.#username}`);
      return { type: 'none', username: this.#username };
    }
    this.#offered = offered;
    const index = this.#remaining.findIndex((method) => offered.includes(wireName(method)));
    const [method] = index === -1 ? [] : this.#remaining.splice(index, 1);
    if (method === undefined) return false;
    this.#tried.push(method.type === 'publickey' ? 'key file' : method.type);
    return method;
  };

  /** The agent does not answer, or does not sign. */
  agentFailed(error: Error): void {
    const last = this.#tried.lastIndexOf('agent');
    if (last !== -1) this.#tried[last] = `agent, which says: ${error.message}`;
  }

  /** Why an attempt ended, in words. */
  explain(error: Ssh2Error): AttemptError {
    if (this.#offered === undefined) return this.#beforeLogin(error);
    const offered = this.#offered.join(', ') || 'nothing';
    const tried = this.#tried.join(', ') || 'none of which the template has';
    const isRefusal = error.level === 'client-authentication';
    const tooMany = /too many authentication failures/i.test(error.message);
    const what =
      isRefusal || tooMany
        ? `user "${this.#username}" was refused${isRefusal ? '' : `: ${error.message}`}`
        : `logging in as "${this.#username}" failed: ${error.message}`;
    return new AttemptError('authentication', `${what} (the server offers ${offered}; tried: ${tried})`, {
      offered: this.#offered,
      tried: this.#tried,
      hopeless: this.#tried.length === 0,
      hint:
        tooMany && this.#tried.some((method) => method.startsWith('agent'))
          ? 'The server gives up after MaxAuthTries failures (sshd_config(5)), and each key of the agent is one: take keys out of it with ssh-add -d, or name the right one with ssh_private_key_file in place of ssh_agent_auth.'
          : undefined,
    });
  }

  #beforeLogin(error: Ssh2Error): AttemptError {
    if (this.#greeting !== '') {
      return new AttemptError(
        'handshake',
        `the server said "${this.#greeting}" in place of an SSH banner, and no more`,
        {
          tried: [],
          hint: 'OpenSSH turns away so whoever comes while too many others are logging in (MaxStartups), or after too many failures (PerSourcePenalties, sshd_config(5)); both pass. Anything else is hardly an SSH server: check ssh_host and ssh_port.',
        },
      );
    }
    const [, kind] = /no matching (.*)$/i.exec(error.message) ?? [];
    if (kind === undefined) return new AttemptError('handshake', error.message, { tried: [] });
    // The next attempt will not find one either.
    return new AttemptError('handshake', error.message, { tried: [], hopeless: true, hint: hintFor(kind) });
  }
}

function wireName(method: AnyAuthMethod): string {
  return method.type === 'agent' ? 'publickey' : method.type;
}

/** What ssh2 calls the things that both sides have to agree on, our option that names some, and that of sshd_config(5). */
const AGREEMENTS = [
  { what: 'cipher', ours: 'ssh_ciphers', theirs: 'Ciphers' },
  { what: 'key exchange', ours: 'ssh_key_exchange_algorithms', theirs: 'KexAlgorithms' },
  { what: 'host key', theirs: 'HostKeyAlgorithms' },
  { what: 'MAC', theirs: 'MACs' },
] as const;

/** What to do when both sides have nothing in common. @param kind in ssh2's words */
function hintFor(kind: string): string | undefined {
  const found = AGREEMENTS.find(({ what }) => kind.includes(what));
  if (found === undefined) return undefined;
  const ours = 'ours' in found ? `Allow more by ${found.ours}, if it is set, or` : 'Allow more';
  return `${ours} by ${found.theirs} in the sshd_config(5) of the server; its log says what both sides offer.`;
}
