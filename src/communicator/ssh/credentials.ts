import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { AnyAuthMethod } from 'ssh2';
import { CommunicatorError } from '../communicator.ts';
import type { SshConfig } from '../../plan/ssh-config.ts';
import { PrivateKeyError, readablePrivateKey } from './private-key.ts';

/** Who we are for the guest: the methods of authentication that the template allows, in Packer's order. */
export interface Credentials {
  readonly username: string;
  /** agent, key file, temporary key, password, then keyboard-interactive with the password as the answer. */
  readonly methods: readonly AnyAuthMethod[];
  /** Socket of the agent when there is one to use. */
  readonly agent?: string;
}

/** What a user logs in with. */
export interface Login {
  readonly username: string | undefined;
  readonly password?: string;
  /** Absolute path. */
  readonly privateKeyFile?: string;
  readonly agentAuth: boolean;
  /** Private half of the key pair that was made for this build. */
  readonly temporaryKey?: string;
}

/** The beginning of the names of the options that are meant. */
type Prefix = 'ssh_' | 'ssh_bastion_';

const START_AGENT =
  'Start one with `eval "$(ssh-agent)"`, add the key with ssh-add(1), and run the build from that shell.';

/**
 * Reads what the `ssh_*` options name.
 * @param temporaryKey private half of the key pair that was made for this build
 * @throws CommunicatorError when an option cannot work, before anything waits for it
 */
export function loadCredentials(
  config: SshConfig,
  temporaryKey?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Credentials> {
  const login: Login = {
    username: config.ssh_username,
    password: config.ssh_password,
    privateKeyFile: config.ssh_private_key_file,
    agentAuth: config.ssh_agent_auth,
    temporaryKey,
  };
  return loadLogin(login, 'ssh_', env);
}

/** See `loadCredentials`. @param prefix the beginning of the names of the options that are meant */
export async function loadLogin(
  login: Login,
  prefix: Prefix,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Credentials> {
  const { username, password } = login;
  if (username === undefined || username === '') {
    throw new CommunicatorError('The SSH communicator does not know as whom to log in.', {
      hint: `Set ${prefix}username in the source block.`,
      permanent: true,
    });
  }
  const methods: AnyAuthMethod[] = [];
  const agent = login.agentAuth ? env['SSH_AUTH_SOCK'] : undefined;
  if (login.agentAuth) {
    if (agent === undefined || agent === '') {
      throw new CommunicatorError(
        `${prefix}agent_auth is set, but SSH_AUTH_SOCK is not: there is no SSH agent to ask.`,
        { hint: START_AGENT, permanent: true },
      );
    }
    await checkAgent(agent, prefix);
    methods.push({ type: 'agent', username, agent });
  }
  if (login.privateKeyFile !== undefined) {
    methods.push({ type: 'publickey', username, key: await readKey(login.privateKeyFile, prefix) });
  }
  if (login.temporaryKey !== undefined)
    methods.push({ type: 'publickey', username, key: login.temporaryKey });
  if (password !== undefined) {
    methods.push({ type: 'password', username, password });
    methods.push({
      type: 'keyboard-interactive',
      username,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
  }
  return { username, methods, agent };
}

async function readKey(path: string, prefix: Prefix): Promise<Buffer> {
  let key: Buffer;
  try {
    key = await readFile(path);
  } catch (cause) {
    throw new CommunicatorError(`${prefix}private_key_file cannot be read: ${(cause as Error).message}.`, {
      hint: 'Check the path and its permissions; the file must be readable by the user who runs the build.',
      permanent: true,
      cause,
    });
  }
  try {
    return readablePrivateKey(key);
  } catch (cause) {
    const encrypted = cause instanceof PrivateKeyError && cause.encrypted;
    throw new CommunicatorError(
      encrypted
        ? `${prefix}private_key_file ${path} is encrypted with a passphrase, which nobody can type during a build.`
        : `${prefix}private_key_file ${path} is not a private key that can be used: ${(cause as Error).message}.`,
      {
        hint: encrypted
          ? `Use ${prefix}agent_auth with a key that ssh-add(1) has unlocked, or a key without a passphrase.`
          : 'It must hold a private key in OpenSSH or PEM format, as ssh-keygen(1) writes it, not the .pub file.',
        permanent: true,
        cause,
      },
    );
  }
}

/** As Packer does, asks whether there is an agent before anything waits for it. */
async function checkAgent(path: string, prefix: Prefix): Promise<void> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new CommunicatorError(
      `${prefix}agent_auth is set, but no SSH agent answers at SSH_AUTH_SOCK: ${(cause as Error).message}.`,
      { hint: START_AGENT, permanent: true, cause },
    );
  } finally {
    socket.destroy();
  }
}
