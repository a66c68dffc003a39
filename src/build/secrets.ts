import { proxyPasswords } from '../lib/http-proxy.ts';
import type { BuildPlan } from '../plan/build-plan.ts';

/** The texts of a plan that no output may show, and those of the proxies that downloads go through. */
export function secretsOf(plan: BuildPlan): readonly string[] {
  const { ssh_password: password, bastion, proxy } = plan.source.ssh;
  const passwords = [showsPassword(plan) ? undefined : password, bastion?.password, proxy?.password];
  return [...plan.sensitive, ...passwords.filter((text) => text !== undefined), ...proxyPasswords()];
}

/** A password that is the user's name as well cannot be hidden: the name stands everywhere. */
export function showsPassword({ source: { ssh } }: BuildPlan): boolean {
  return ssh.ssh_password !== undefined && ssh.ssh_password === ssh.ssh_username;
}
