import type { BastionConfig, ProxyConfig, SshConfig, Tunnel } from '../plan/ssh-config.ts';
import type { DecodedBlock } from './decode.ts';
import { absolutePath } from './paths.ts';
import { reader } from './reader.ts';
import type { Reader, Surroundings } from './reader.ts';
import { temporaryKeyPairOf } from './temporary-key.ts';

const SSH_TIMEOUT = 5 * 60_000;
const SSH_HANDSHAKE_ATTEMPTS = 10;

/** Makes the configuration of the ssh communicator of a block without errors. */
export function sshConfigOf(block: DecodedBlock, { cwd }: Surroundings): SshConfig {
  const read = reader(block.config);
  const key = read.text('ssh_private_key_file');
  // The old name wins, as in Packer.
  const timeout = read.duration('ssh_wait_timeout') ?? read.duration('ssh_timeout');
  const attempts = read.number('ssh_handshake_attempts');
  // The defaults hold only when neither is set: either one alone leaves the other without a limit.
  const unset = timeout === undefined && attempts === undefined;
  return {
    ssh_host: read.text('ssh_host'),
    ssh_port: read.number('ssh_port') ?? 22,
    ssh_username: read.text('ssh_username'),
    ssh_password: read.text('ssh_password'),
    ssh_private_key_file: key === undefined ? undefined : absolutePath(key, cwd),
    ssh_agent_auth: read.flag('ssh_agent_auth'),
    ssh_timeout: timeout ?? (unset ? SSH_TIMEOUT : 0),
    ssh_handshake_attempts: attempts ?? (unset ? SSH_HANDSHAKE_ATTEMPTS : 0),
    ssh_pty: read.flag('ssh_pty'),
    ssh_disable_agent_forwarding: read.flag('ssh_disable_agent_forwarding'),
    ssh_file_transfer_method: read.text('ssh_file_transfer_method') as SshConfig['ssh_file_transfer_method'],
    ssh_keep_alive_interval: Math.max(0, read.duration('ssh_keep_alive_interval') ?? 0),
    ssh_read_write_timeout: Math.max(0, read.duration('ssh_read_write_timeout') ?? 0),
    ssh_ciphers: namesOf(read, 'ssh_ciphers'),
    ssh_key_exchange_algorithms: namesOf(read, 'ssh_key_exchange_algorithms'),
    bastion: bastionOf(read, cwd),
    proxy: proxyOf(read),
    ssh_local_tunnels: tunnelsOf(read, 'ssh_local_tunnels'),
    ssh_remote_tunnels: tunnelsOf(read, 'ssh_remote_tunnels'),
    temporary_key_pair: temporaryKeyPairOf(block.config, cwd),
    ssh_clear_authorized_keys: read.flag('ssh_clear_authorized_keys'),
    pause_before_connecting: Math.max(0, read.duration('pause_before_connecting') ?? 0),
  };
}

function bastionOf(read: Reader, cwd: string): BastionConfig | undefined {
  const host = read.text('ssh_bastion_host');
  if (host === undefined) return undefined;
  const key = read.text('ssh_bastion_private_key_file') ?? read.text('ssh_private_key_file');
  return {
    host,
    port: read.number('ssh_bastion_port') ?? 22,
    username: read.text('ssh_bastion_username') ?? '',
    password: read.text('ssh_bastion_password'),
    privateKeyFile: key === undefined ? undefined : absolutePath(key, cwd),
    agentAuth: read.flag('ssh_bastion_agent_auth'),
  };
}

function proxyOf(read: Reader): ProxyConfig | undefined {
  const host = read.text('ssh_proxy_host');
  if (host === undefined) return undefined;
  return {
    host,
    port: read.number('ssh_proxy_port') ?? 1080,
    username: read.text('ssh_proxy_username'),
    password: read.text('ssh_proxy_password'),
  };
}

function tunnelsOf(read: Reader, name: string): Tunnel[] {
  return read.list(name).flatMap((item) => {
    const match = /^(\d+):(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(String(item));
    if (match === null) return [];
    const [, port, v6, name, hostPort] = match;
    return [{ port: Number(port), host: v6 ?? name ?? '', hostPort: Number(hostPort) }];
  });
}

/** An empty list is no choice. */
function namesOf(read: Reader, name: string): string[] | undefined {
  const names = read.list(name).map(String);
  return names.length > 0 ? names : undefined;
}
