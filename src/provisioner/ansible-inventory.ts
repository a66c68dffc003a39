import type { BuildData } from '../plan/build-plan.ts';
import type { Options } from './options.ts';

/** No host key is known, and none is kept. */
const NO_HOST_KEYS = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';

/**
 * An inventory with the guest as its only host, in the groups of the template. It is JSON, which Ansible reads as YAML, so that no
 * value has to be quoted by rules of inventories.
 * @param address where the guest's SSH server is reached
 * @param keyFile path of the private key; undefined: the password, or ssh-agent
 */
export function inventoryText(
  options: Options,
  data: BuildData,
  address: { readonly host: string; readonly port: number },
  keyFile: string | undefined,
): string {
  const alias = options.string('host_alias') || 'default';
  const extra = options.strings('ansible_ssh_extra_args') ?? [];
  const variables = {
    ansible_host: address.host,
    ansible_port: address.port,
    ansible_user: options.string('user') || data.User,
    ansible_connection: 'ssh',
    ansible_ssh_common_args: keyFile === undefined ? NO_HOST_KEYS : `${NO_HOST_KEYS} -o IdentitiesOnly=yes`,
    ...(keyFile !== undefined && { ansible_ssh_private_key_file: keyFile }),
    ...(extra.length > 0 && { ansible_ssh_extra_args: extra.join(' ') }),
  };
  // With a password Ansible needs sshpass even where a key would do; and it would look for {{ }} in it.
  const password =
    data.Password === '' || keyFile !== undefined
      ? ''
      : `, "ansible_password": !unsafe ${JSON.stringify(data.Password)}`;
  const host = JSON.stringify(variables).replace(/\}$/, `${password}}`);
  const groups = [
    ...(options.strings('groups') ?? []).map((name) => [name, { hosts: { [alias]: {} } }]),
    ...(options.strings('empty_groups') ?? []).map((name) => [name, {}]),
  ];
  const children = JSON.stringify(Object.fromEntries(groups));
  return `{"all": {"hosts": {${JSON.stringify(alias)}: ${host}}, "children": ${children}}}\n`;
}
