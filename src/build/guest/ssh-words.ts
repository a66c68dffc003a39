import type { SshConfig } from '../../plan/ssh-config.ts';

/** The end of a sentence about the way to the guest: " through the bastion host jump:22 (as me)". Empty for the direct way. */
export function throughOf({ bastion, proxy }: SshConfig): string {
  if (bastion !== undefined)
    return ` through the bastion host ${bastion.host}:${bastion.port} (as ${bastion.username})`;
  return proxy === undefined ? '' : ` through the SOCKS proxy ${proxy.host}:${proxy.port}`;
}
