import type { BuildPlan } from '../plan/build-plan.ts';

/** The texts of a plan that no output may show. */
export function secretsOf(plan: BuildPlan): readonly string[] {
  const { ssh_password: password } = plan.source.ssh;
  return password === undefined || showsPassword(plan) ? plan.sensitive : [...plan.sensitive, password];
}

/** A password that is the user's name as well cannot be hidden: the name stands everywhere. */
export function showsPassword({ source: { ssh } }: BuildPlan): boolean {
  return ssh.ssh_password !== undefined && ssh.ssh_password === ssh.ssh_username;
}
