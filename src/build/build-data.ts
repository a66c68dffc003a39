import { readKeyPair } from '../communicator/ssh/key-pair.ts';
import type { KeyPair } from '../communicator/ssh/key-pair.ts';
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
  readonly keys: KeyPair;
  readonly runUuid: string;
}

/** What `build.*` stands for, as far as the build has come. Secrets among it are hidden from then on. */
export async function buildData(context: BuildContext): Promise<BuildData> {
  const { plan, http, addresses, runUuid } = context;
  const keys = await keysOf(context);
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

const noKeys: KeyPair = { privateKey: '', publicKey: '' };

/** The temporary key pair, or that of ssh_private_key_file. Its private half is hidden from then on. */
async function keysOf({ plan, temporaryKey, emitter }: BuildContext): Promise<KeyPair> {
  const { config, ssh } = plan.source;
  if (temporaryKey !== undefined) return temporaryKey;
  if (config.communicator !== 'ssh' || ssh.ssh_private_key_file === undefined) return noKeys;
  const keys = await readKeyPair(ssh.ssh_private_key_file);
  emitter.redactor.add(keys.privateKey);
  return keys;
}

/** What `{{ .SSHPublicKey }}` stands for in the boot command and in generated files; undefined when there is no key. */
export async function publicKeyOf(context: BuildContext): Promise<string | undefined> {
  return (await keysOf(context)).publicKey || undefined;
}
