import { setTimeout as sleep } from 'node:timers/promises';
import { CommunicatorError } from '../communicator.ts';
import { attempt } from './attempt.ts';
import type { AttemptOptions, Connection } from './attempt.ts';
import { AttemptError } from './attempt-error.ts';
import type { Stage } from './attempt-error.ts';

/** How an attempt to connect ended. */
export interface SshAttempt {
  /** How far it came; `connected`: we are logged in. */
  readonly stage: Stage | 'connected';
  readonly text: string;
  /** Ways to log in that the server offers, and those that were tried, in order. */
  readonly offered?: readonly string[];
  readonly tried?: readonly string[];
}

export interface WaitOptions extends Pick<
  AttemptOptions,
  'route' | 'credentials' | 'keepAlive' | 'ciphers' | 'keyExchanges' | 'onHostKey'
> {
  /** Where the guest is, for messages. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds; 0: none. */
  readonly timeout: number;
  /** How often authentication may fail; 0: any number of times. */
  readonly handshakeAttempts: number;
  /** What is known, for a live status line. */
  readonly onStatus: (text: string) => void;
  /** Called with each attempt that ends. */
  readonly onAttempt?: (attempt: SshAttempt) => void;
  /** Something the user should know while the waiting goes on. */
  readonly onWarning: (text: string) => void;
}

const FIRST_BANNER_TIMEOUT = 1_000;
const LONGEST_BANNER_TIMEOUT = 10_000;
/** Between attempts that were refused at once. */
const RETRY_DELAY = 250;
/** Failures that no repetition can change are believed when they came this often. */
const HOPELESS_ATTEMPTS = 3;

/**
 * Connects as soon as the guest lets us in. Ends early when it never will.
 * @throws CommunicatorError with what was seen while waiting
 */
export async function waitForSsh(options: WaitOptions, signal: AbortSignal): Promise<Connection> {
  const limit = options.timeout > 0 ? AbortSignal.timeout(options.timeout) : undefined;
  const either = limit === undefined ? signal : AbortSignal.any([signal, limit]);
  const history = new History(options);
  for (;;) {
    try {
      const connection = await attempt(
        {
          ...options,
          // A patient wait costs time when the connection is dead, an impatient one when the guest is slow: a share of
          // the time waited so far keeps both losses small.
          bannerTimeout:
            options.route.through !== undefined
              ? LONGEST_BANNER_TIMEOUT
              : Math.min(LONGEST_BANNER_TIMEOUT, FIRST_BANNER_TIMEOUT + Math.round(history.elapsed * 0.05)),
          onProgress: options.onStatus,
        },
        either,
      );
      options.onAttempt?.({ stage: 'connected', text: 'logged in' });
      return connection;
    } catch (error) {
      signal.throwIfAborted();
      if (limit?.aborted) throw history.timedOut();
      if (!(error instanceof AttemptError)) throw error;
      history.add(error);
      await sleep(delayAfter(error, history), undefined, { signal: either }).catch(() => {
        signal.throwIfAborted();
        throw history.timedOut();
      });
    }
  }
}

/** First-boot programs set passwords and keys a little later than sshd starts, so a refusal is not repeated at once. */
function delayAfter(error: AttemptError, history: History): number {
  if (error.stage === 'authentication') return Math.min(10_000, 1_000 * history.refusals);
  return error.stage === 'handshake' ? 1_000 : RETRY_DELAY;
}

/** What was seen while waiting. */
class History {
  readonly #options: WaitOptions;
  readonly #start = performance.now();
  /** Message to how often it was seen, in the order of first sight. */
  readonly #seen = new Map<string, number>();
  #last: AttemptError | undefined;
  #hopeless = 0;
  /** How often the guest refused to let us in. */
  refusals = 0;

  constructor(options: WaitOptions) {
    this.#options = options;
  }

  /** Milliseconds since the waiting began. */
  get elapsed(): number {
    return Math.round(performance.now() - this.#start);
  }

  /** @throws CommunicatorError when the failure shows that waiting is in vain */
  add(error: AttemptError): void {
    const { host, port, handshakeAttempts, onStatus, onWarning } = this.#options;
    this.#last = error;
    const { offered, tried } = error.detail;
    this.#options.onAttempt?.({ stage: error.stage, text: error.message, offered, tried });
    // Some messages are the server's own words, which may differ every time.
    const message = this.#seen.size < 20 || this.#seen.has(error.message) ? error.message : 'other failures';
    this.#seen.set(message, (this.#seen.get(message) ?? 0) + 1);
    onStatus(`waiting for SSH at ${host}:${port}: ${error.message}`);
    this.#hopeless = error.detail.hopeless ? this.#hopeless + 1 : 0;
    if (this.#hopeless >= HOPELESS_ATTEMPTS) {
      throw new CommunicatorError(`SSH to ${host}:${port} cannot succeed: ${error.message}.`, {
        hint: hintFor(error),
        permanent: true,
      });
    }
    if (error.stage !== 'authentication') return;
    this.refusals++;
    if (handshakeAttempts > 0 && this.refusals >= handshakeAttempts) {
      throw new CommunicatorError(
        `SSH login at ${host}:${port} failed ${times(this.refusals)}: ${error.message}.`,
        { hint: hintFor(error), permanent: true },
      );
    }
    if (this.refusals === HOPELESS_ATTEMPTS) {
      onWarning(
        `SSH login at ${host}:${port} failed ${times(this.refusals)}: ${error.message}. Still trying.`,
      );
    }
  }

  timedOut(): CommunicatorError {
    const { host, port, timeout } = this.#options;
    const seen = [...this.#seen].map(([message, count]) => `${message} (${times(count)})`).join('; ');
    return new CommunicatorError(
      `SSH did not become available at ${host}:${port} within ${seconds(timeout)} (ssh_timeout). Seen while waiting: ` +
        `${seen || 'the first attempt to connect never ended'}.`,
      { hint: this.#last === undefined ? undefined : hintFor(this.#last) },
    );
  }
}

function hintFor(error: AttemptError): string {
  if (error.detail.hint !== undefined) return error.detail.hint;
  const offered = error.detail.offered ?? [];
  switch (error.stage) {
    case 'tcp':
      return error.detail.code === 'ECONNREFUSED'
        ? 'The guest is on the network, but no SSH server runs there: let the installation enable one, and check ssh_port.'
        : 'The guest does not answer at this address: see the console log whether it has booted and has an address by DHCP, and check ssh_host.';
    case 'banner':
      return 'Nothing in the guest speaks SSH on that port yet: see the console log whether the system has booted, has an address by DHCP, and starts sshd.';
    case 'handshake':
      return 'The SSH server of the guest and this program do not understand each other; its own log says more.';
    case 'authentication':
      if (error.detail.hopeless) {
        return `Give the source block what the server takes (${offered.join(', ')}): ssh_password, ssh_private_key_file or ssh_agent_auth; or change the server's sshd_config.`;
      }
      return refusalHint(error.detail.tried ?? []);
  }
}

/** What to check after a refusal; a server does not tell its reasons to whoever it refuses. */
function refusalHint(tried: readonly string[]): string {
  const has = (method: string) => tried.some((one) => one.startsWith(method));
  const checks = [
    'ssh_username',
    ...(has('password') || has('keyboard-interactive')
      ? ['ssh_password (OpenSSH does not let root in with a password unless PermitRootLogin says yes)']
      : []),
    ...(has('key file')
      ? ["that the public half of the key is in the user's authorized_keys, which only the user may write"]
      : []),
    ...(has('agent') ? ['with ssh-add -l that the agent has the key'] : []),
  ];
  return `Check ${checks.join('; ')}. Why it refuses, for instance AllowUsers, is in the log of the guest's SSH server only.`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function seconds(milliseconds: number): string {
  return milliseconds % 60_000 === 0 ? `${milliseconds / 60_000} min` : `${milliseconds / 1000} s`;
}
