import { readFile } from 'node:fs/promises';
import { loadSsh2 } from '../communicator/ssh/load-ssh2.ts';
import type { BuildData, BuildPlan } from '../plan/build-plan.ts';
import type { BuildContext } from './context.ts';

/** The texts that Packer's SDK shows where a builder has no HTTP server. */
const NO_HTTP_IP = 'ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER';
const NO_HTTP_PORT = 'ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER';
const NO_HTTP_ADDR = 'ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER';

/** What the values of `build.*` are made from. */
interface Known<Port> {
  /** The host as the guest calls it, and the server's port; undefined without a server. */
  readonly http?: { readonly host: string; readonly port: string };
  /** Where the host reaches the guest. */
  readonly guest?: { readonly host: string; readonly port: Port };
  readonly keys: { readonly privateKey: string; readonly publicKey: string };
  readonly runUuid: string;
}

/** What `build.*` stands for, as far as the build has come. Secrets among it are hidden from then on. */
export async function buildData(context: BuildContext): Promise<BuildData> {
  const { plan, http, addresses, emitter, runUuid } = context;
  const { config, ssh } = plan.source;
  const keys = config.communicator === 'ssh' ? await readKeys(ssh.ssh_private_key_file) : noKeys;
  if (keys.privateKey !== '') emitter.redactor.add(keys.privateKey);
  const server = http === undefined ? undefined : { host: http.host, port: String(http.server.port) };
  return dataOf(plan, { http: server, guest: addresses?.guest, keys, runUuid });
}

/** See `buildData`; before the build runs, placeholders may stand for values. */
export function dataOf<Port extends string | number>(
  { source: { config, ssh } }: BuildPlan,
  { http, guest, keys, runUuid }: Known<Port>,
) {
  return {
    ID: config.vm_name,
    Host: ssh.ssh_host ?? guest?.host ?? '',
    Port: ssh.ssh_host === undefined ? (guest?.port ?? ssh.ssh_port) : ssh.ssh_port,
    User: ssh.ssh_username ?? '',
    Password: ssh.ssh_password ?? '',
    ConnType: config.communicator,
    PackerRunUUID: runUuid,
    PackerHTTPIP: http?.host ?? NO_HTTP_IP,
    PackerHTTPPort: http?.port ?? NO_HTTP_PORT,
    PackerHTTPAddr: http === undefined ? NO_HTTP_ADDR : `${http.host}:${http.port}`,
    SSHPublicKey: keys.publicKey,
    SSHPrivateKey: keys.privateKey,
  };
}

const noKeys = { privateKey: '', publicKey: '' };

async function readKeys(path: string | undefined): Promise<{ privateKey: string; publicKey: string }> {
  if (path === undefined) return noKeys;
  const privateKey = await readFile(path, 'utf8');
  const { utils } = loadSsh2();
  const key = utils.parseKey(privateKey);
  if (key instanceof Error) return { privateKey, publicKey: '' };
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString('base64')}` };
}
