import { readFile } from 'node:fs/promises';
import type { AnyAuthMethod } from 'ssh2';
import { CommunicatorError } from '../communicator.ts';
import type { SshConfig } from '../../plan/ssh-config.ts';
import { loadSsh2 } from './load-ssh2.ts';

/** Who we are for the guest: the methods of authentication that the template allows, in Packer's order. */
export interface Credentials {
  readonly username: string;
  /** agent, key file, temporary key, password, then keyboard-interactive with the password as the answer. */
  readonly methods: readonly AnyAuthMethod[];
  /** Socket of the agent when there is one to use. */
  readonly agent?: string;
}

/**
 * Reads what the `ssh_*` options name.
 * @param temporaryKey private half of the key pair that was made for this build
 * @throws CommunicatorError when an option cannot work, before anything waits for it
 */
export async function loadCredentials(
  config: SshConfig,
  temporaryKey?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Credentials> {
  const username = config.ssh_username;
  if (username === undefined || username === '') {
    throw new CommunicatorError('The SSH communicator does not know as whom to log in.', {
      hint: 'Set ssh_username in the source block.',
      permanent: true,
    });
  }
  const methods: AnyAuthMethod[] = [];
  const agent = config.ssh_agent_auth ? env['SSH_AUTH_SOCK'] : undefined;
  if (config.ssh_agent_auth) {
    if (agent === undefined || agent === '') {
      throw new CommunicatorError(
        'ssh_agent_auth is set, but SSH_AUTH_SOCK is not: there is no SSH agent to ask.',
        {
          hint: 'Start one with `eval "$(ssh-agent)"`, add the key with ssh-add(1), and run the build from that shell.',
          permanent: true,
        },
      );
    }
    methods.push({ type: 'agent', username, agent });
  }
  if (config.ssh_private_key_file !== undefined) {
    methods.push({ type: 'publickey', username, key: await readKey(config.ssh_private_key_file) });
  }
  if (temporaryKey !== undefined) methods.push({ type: 'publickey', username, key: temporaryKey });
  const password = config.ssh_password;
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

async function readKey(path: string): Promise<Buffer> {
  let key: Buffer;
  try {
    key = await readFile(path);
  } catch (cause) {
    throw new CommunicatorError(`ssh_private_key_file cannot be read: ${(cause as Error).message}.`, {
      hint: 'Check the path and its permissions; the file must be readable by the user who runs the build.',
      permanent: true,
      cause,
    });
  }
  const { utils } = loadSsh2();
  const parsed = utils.parseKey(key);
  if (!(parsed instanceof Error)) return key;
  const encrypted = /encrypted/i.test(parsed.message);
  throw new CommunicatorError(
    encrypted
      ? `ssh_private_key_file ${path} is encrypted with a passphrase, which nobody can type during a build.`
      : `ssh_private_key_file ${path} is not a private key that can be used: ${parsed.message}.`,
    {
      hint: encrypted
        ? 'Use ssh_agent_auth with a key that ssh-add(1) has unlocked, or a key without a passphrase.'
        : 'It must hold a private key in OpenSSH or PEM format, as ssh-keygen(1) writes it, not the .pub file.',
      permanent: true,
    },
  );
}
