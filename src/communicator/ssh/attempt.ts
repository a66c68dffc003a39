import { getCiphers } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Algorithms, Client, ConnectConfig } from 'ssh2';
import { Authentication } from './authentication.ts';
import type { Credentials } from './credentials.ts';
import { loadSsh2 } from './load-ssh2.ts';
import { AttemptError } from './attempt-error.ts';
import type { Route } from './route.ts';

export interface AttemptOptions {
  readonly route: Route;
  readonly credentials: Credentials;
  /** Names of the ciphers and key exchange algorithms to offer; absent: all that are known. */
  readonly ciphers?: readonly string[];
  readonly keyExchanges?: readonly string[];
  /** Milliseconds to wait for the first byte of the server once connected. */
  readonly bannerTimeout: number;
  /** Milliseconds between keep-alive messages; 0: none. */
  readonly keepAlive: number;
  /** Receives the SHA-256 of the server's host key, in base64. */
  readonly onHostKey: (fingerprint: string) => void;
  /** Called as the attempt goes on: what is known now. */
  readonly onProgress: (text: string) => void;
}

/** A connection on which we are logged in. */
export interface Connection {
  readonly client: Client;
  /** For the case that the server does not answer our goodbye. */
  readonly socket: Duplex;
  /** Resolves at the end of the connection, also when that was long ago. */
  readonly closed: Promise<void>;
}

/** Milliseconds for the server to answer a goodbye. */
const GOODBYE_TIMEOUT = 1_000;

/** Says goodbye; a server that does not answer is left without. */
export async function endConnection({ client, socket, closed }: Connection): Promise<void> {
  client.end();
  const timer = setTimeout(() => socket.destroy(), GOODBYE_TIMEOUT);
  await closed;
  clearTimeout(timer);
}

/** The time within which key exchange and authentication must be done: software emulation can make them slow. */
const HANDSHAKE_TIMEOUT = 60_000;
/** Keep-alive messages that may stay unanswered: a guest that is busy for a minute or two is not gone. */
const KEEP_ALIVE_MISSES = 24;

/**
 * Tries once to connect and to log in.
 *
 * The connection is given up when no SSH banner comes soon: user-mode networks accept a connection before the guest does, and
 * revive it only with exponentially growing delays; a new connection gets through at once.
 * @throws AttemptError saying how far it came; the signal's reason on abort
 */
export async function attempt(options: AttemptOptions, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const socket = await options.route.open(signal);
  try {
    const greeting = await firstWords(socket, options.bannerTimeout, signal);
    if (greeting === '') options.onProgress('SSH banner received, exchanging keys');
    const client = await login(socket, greeting, options, signal);
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    return { client, socket, closed };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/**
 * Waits until there is something to read, and leaves it unread.
 * @returns what comes before an SSH banner: sshd(8) says so why it turns somebody away; usually ""
 */
async function firstWords(socket: Duplex, timeout: number, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(timeout);
  const ended = new AbortController();
  const close = () => ended.abort();
  socket.once('end', close).once('close', close);
  try {
    await once(socket, 'readable', { signal: AbortSignal.any([signal, limit, ended.signal]) });
  } catch {
    signal.throwIfAborted();
    throw new AttemptError(
      'banner',
      limit.aborted
        ? 'connected, but no SSH banner came'
        : 'connected, but the connection was closed before an SSH banner came',
    );
  } finally {
    socket.off('end', close).off('close', close);
  }
  // 'readable' also announces the end.
  if (socket.readableLength === 0) {
    throw new AttemptError('banner', 'connected, but the connection was closed before an SSH banner came');
  }
  const first = socket.read() as Buffer;
  socket.unshift(first);
  return greetingIn(first.toString('latin1', 0, 512));
}

function greetingIn(text: string): string {
  const [greeting = ''] = text.split(/^SSH-/m, 1);
  return greeting.replace(/[^ -~]+/g, ' ').trim();
}

async function login(
  socket: Duplex,
  greeting: string,
  options: AttemptOptions,
  signal: AbortSignal,
): Promise<Client> {
  const { Client, hasChaCha20 } = loadSsh2();
  const client = new Client();
  const auth = new Authentication(options.credentials, greeting, options.onProgress);
  let onAbort = () => {};
  const done = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    // An error may be followed by others, also after this attempt: without a listener they would end the process.
    client.on('error', (error: Error & { level?: string }) => {
      // It goes on with what else there is to log in with.
      if (error.level === 'agent') auth.agentFailed(error);
      else reject(auth.explain(error));
    });
    client.once('close', () => reject(auth.explain(new Error('the server closed the connection'))));
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  const config: ConnectConfig = {
    sock: socket,
    username: options.credentials.username,
    authHandler: auth.next as NonNullable<ConnectConfig['authHandler']>,
    agent: options.credentials.agent,
    algorithms: algorithms(hasChaCha20, options),
    hostHash: 'sha256',
    hostVerifier: (hash: string) => {
      options.onHostKey(Buffer.from(hash, 'hex').toString('base64').replace(/=+$/, ''));
      return true;
    },
    readyTimeout: HANDSHAKE_TIMEOUT,
    keepaliveInterval: options.keepAlive,
    keepaliveCountMax: KEEP_ALIVE_MISSES,
  };
  client.connect(config);
  try {
    await done;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  return client;
}

/** ssh2's modern algorithms first, then those that old systems need and that this machine's OpenSSL has. */
function algorithms(
  hasChaCha20: boolean,
  { ciphers: wanted, keyExchanges }: Pick<AttemptOptions, 'ciphers' | 'keyExchanges'>,
): Algorithms {
  const ciphers = new Set(getCiphers());
  const old = [
    ['aes256-cbc', 'aes-256-cbc'],
    ['aes192-cbc', 'aes-192-cbc'],
    ['aes128-cbc', 'aes-128-cbc'],
    ['3des-cbc', 'des-ede3-cbc'],
  ] as const;
  return {
    kex: (keyExchanges as Algorithms['kex']) ?? {
      append: [
        'diffie-hellman-group-exchange-sha1',
        'diffie-hellman-group14-sha1',
        'diffie-hellman-group1-sha1',
      ],
      prepend: [],
      remove: [],
    },
    serverHostKey: { append: ['ssh-dss'], prepend: [], remove: [] },
    cipher: (wanted as Algorithms['cipher']) ?? {
      append: old.filter(([, name]) => ciphers.has(name)).map(([cipher]) => cipher),
      prepend: [],
      remove: hasChaCha20 ? [] : ['chacha20-poly1305@openssh.com'],
    },
  };
}
