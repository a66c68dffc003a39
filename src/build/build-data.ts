import { readFile } from 'node:fs/promises';
import type { BuildData } from '../plan/build-plan.ts';
import type { BuildContext } from './context.ts';

/** The texts that Packer's SDK shows where a builder has no HTTP server. */
const NO_HTTP_IP = 'ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER';
const NO_HTTP_PORT = 'ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER';
const NO_HTTP_ADDR = 'ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER';

/** What `build.*` stands for, as far as the build has come. Secrets among it are hidden from then on. */
export async function buildData(context: BuildContext): Promise<BuildData> {
  const { plan, http, addresses, emitter } = context;
  const { config, ssh } = plan.source;
  const guest = addresses?.guest;
  const keys = config.communicator === 'ssh' ? await readKeys(ssh.ssh_private_key_file) : noKeys;
  if (keys.privateKey !== '') emitter.redactor.add(keys.privateKey);
  const port = http === undefined ? NO_HTTP_PORT : String(http.server.port);
  return {
    ID: config.vm_name,
    Host: ssh.ssh_host ?? guest?.host ?? '',
    Port: ssh.ssh_host === undefined ? (guest?.port ?? ssh.ssh_port) : ssh.ssh_port,
    User: ssh.ssh_username ?? '',
    Password: ssh.ssh_password ?? '',
    ConnType: config.communicator,
    PackerRunUUID: context.runUuid,
    PackerHTTPIP: http?.host ?? NO_HTTP_IP,
    PackerHTTPPort: port,
    PackerHTTPAddr: http === undefined ? NO_HTTP_ADDR : `${http.host}:${port}`,
    SSHPublicKey: keys.publicKey,
    SSHPrivateKey: keys.privateKey,
  };
}

const noKeys = { privateKey: '', publicKey: '' };

async function readKeys(path: string | undefined): Promise<{ privateKey: string; publicKey: string }> {
  if (path === undefined) return noKeys;
  const privateKey = await readFile(path, 'utf8');
  const { utils } = (await import('ssh2')).default;
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) return { privateKey, publicKey: '' };
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString('base64')}` };
}
