import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { nearest } from '../../lib/nearest.ts';
import { CIPHERS, KEY_EXCHANGES } from '../../lib/ssh-algorithms.ts';
import { checkKeyFile } from './key-file.ts';
import { warning } from '../problems.ts';
import { at, isAbsent, known } from './context.ts';
import type { RuleContext } from './context.ts';

/** The bastion host or the proxy on the way to the guest. */
export function checkRoute(context: RuleContext): Diagnostic[] {
  const bastion = !isAbsent(context, 'ssh_bastion_host');
  const proxy = !isAbsent(context, 'ssh_proxy_host');
  if (bastion && proxy) {
    const detail =
      'The guest is reached through a bastion host or through a SOCKS proxy, not through both. Remove the ssh_proxy_ or the ssh_bastion_ options.';
    return [at(context, 'ssh_proxy_host', 'attribute-conflict', detail)];
  }
  const unused = [
    ...(bastion ? [] : namedLike(context, 'ssh_bastion_')),
    ...(proxy ? [] : namedLike(context, 'ssh_proxy_')),
  ].map(({ name, attribute }) => {
    const host = name.startsWith('ssh_bastion_') ? 'ssh_bastion_host' : 'ssh_proxy_host';
    const why = `${name} has no effect: ${host} is not set. Set it, or remove the line.`;
    return warning('attribute-ignored', why, attribute.nameRange);
  });
  if (!bastion && !proxy) return unused;
  return [
    ...unused,
    ...(bastion ? checkBastion(context) : checkProxy(context)),
    ...checkTarget(context, bastion),
  ];
}

function namedLike({ block }: RuleContext, prefix: string) {
  return [...block.given.values()].filter(({ name, json }) => name.startsWith(prefix) && json !== '');
}

function checkBastion(context: RuleContext): Diagnostic[] {
  const { block, env, runsHere } = context;
  const diagnostics = checkKeyFile(context, 'ssh_bastion_private_key_file');
  const ways = [
    'ssh_bastion_password',
    'ssh_bastion_private_key_file',
    'ssh_private_key_file',
    'ssh_bastion_agent_auth',
  ];
  const hasWay = ways.some((name) => !isAbsent(context, name) && block.config[name] !== false);
  const choice = 'ssh_bastion_password, ssh_bastion_private_key_file, or ssh_bastion_agent_auth = true';
  if (isAbsent(context, 'ssh_bastion_username')) {
    const also = hasWay ? '' : `, and a way to log in: ${choice}`;
    const detail = `The bastion host has to know who logs in to it. Add ssh_bastion_username with your name there${also}.`;
    diagnostics.push(at(context, 'ssh_bastion_host', 'ssh-user-missing', detail));
  } else if (!hasWay) {
    const detail = `There is no way to log in to the bastion host. Set ${choice}.`;
    diagnostics.push(at(context, 'ssh_bastion_host', 'ssh-authentication-missing', detail));
  }
  if (block.config['ssh_bastion_agent_auth'] === true && !env['SSH_AUTH_SOCK']) {
    const detail =
      'ssh_bastion_agent_auth is true, but SSH_AUTH_SOCK is not set, so there is no agent to ask. Start ssh-agent(1) and add the key, or name it with ssh_bastion_private_key_file.';
    const severity = runsHere ? 'error' : 'warning';
    diagnostics.push(at(context, 'ssh_bastion_agent_auth', 'ssh-agent-missing', detail, { severity }));
  }
  return diagnostics;
}

function checkProxy(context: RuleContext): Diagnostic[] {
  if (isAbsent(context, 'ssh_proxy_password') || !isAbsent(context, 'ssh_proxy_username')) return [];
  const detail = 'SOCKS knows no password without a name. Add ssh_proxy_username.';
  return [at(context, 'ssh_proxy_password', 'ssh-user-missing', detail)];
}

/** The guest's own address is usually known to this machine only. */
function checkTarget(context: RuleContext, bastion: boolean): Diagnostic[] {
  if (!isAbsent(context, 'ssh_host')) return [];
  const name = bastion ? 'ssh_bastion_host' : 'ssh_proxy_host';
  const who = bastion ? 'the bastion host' : 'the proxy';
  const detail = `ssh_host is not set, so ${who} is asked for the address that the hypervisor gives the guest, and usually only this machine has a route to that. Set ssh_host to the address under which ${who} reaches the guest, or remove ${name}.`;
  return [at(context, name, 'ssh-target-unset', detail, { severity: 'warning' })];
}

/** The ports of tunnels. */
export function checkTunnels(context: RuleContext): Diagnostic[] {
  return ['ssh_local_tunnels', 'ssh_remote_tunnels'].flatMap((name) => {
    const tunnels = known(context, name);
    if (!Array.isArray(tunnels)) return [];
    const sensitive = context.block.given.get(name)?.sensitive;
    const seen = new Set<string>();
    return tunnels.flatMap((tunnel, index): Diagnostic[] => {
      const text = String(tunnel);
      const [first = ''] = text.split(':');
      const range = context.block.rangeOf(name, String(index));
      const bad = [first, text.slice(text.lastIndexOf(':') + 1)].find(
        (port) => !(+port >= 1 && +port <= 65535),
      );
      // A text of another form has been reported as that.
      if (bad !== undefined && /^\d+$/.test(bad)) {
        const what = sensitive ? 'a tunnel whose port' : `"${text}", and ${bad}`;
        const detail = `${name} has ${what} is no TCP port. Ports are 1 to 65535.`;
        return [at(context, name, 'value-out-of-range', detail, { range })];
      }
      if (seen.has(first)) {
        const port = sensitive ? 'the same port' : `port ${first}`;
        const detail = `${name} has two tunnels from ${port}. Give one of them another port.`;
        return [at(context, name, 'attribute-conflict', detail, { range })];
      }
      seen.add(first);
      return [];
    });
  });
}

/** The names of algorithms. */
export function checkAlgorithms(context: RuleContext): Diagnostic[] {
  const lists = [
    ['ssh_ciphers', CIPHERS, 'cipher'],
    ['ssh_key_exchange_algorithms', KEY_EXCHANGES, 'key exchange algorithm'],
  ] as const;
  return lists.flatMap(([name, all, what]) => {
    const names = known(context, name);
    if (!Array.isArray(names)) return [];
    const sensitive = context.block.given.get(name)?.sensitive;
    return names.flatMap((item, index): Diagnostic[] => {
      const text = String(item);
      if (all.includes(text)) return [];
      const meant = nearest(text, all);
      if (sensitive) {
        const detail = `${name} names a ${what} that the ssh library does not know. It is not shown, because the value is sensitive.`;
        return [at(context, name, 'value-not-allowed', detail)];
      }
      const advice =
        meant === undefined
          ? `The names are ${all.slice(0, 6).join(', ')} and others.`
          : `Did you mean "${meant}"?`;
      const detail = `${name} has "${text}", which is no ${what} that the ssh library knows. ${advice}`;
      const range = context.block.rangeOf(name, String(index));
      return [at(context, name, 'value-not-allowed', detail, { range })];
    });
  });
}
