import { forgetKeyCommand } from '../../communicator/ssh/forget-key.ts';
import { type Action, guestCommand } from '../../plan/action.ts';
import type { ProvisionerPlan } from '../../plan/build-plan.ts';
import type { SshConfig } from '../../plan/ssh-config.ts';
import { findProvisioner } from '../../provisioner/registry.ts';
import { BuildError } from '../failure.ts';
import { throughOf } from '../guest/ssh-words.ts';
import { SYNC_COMMAND, usesShutdownCommand } from '../steps/shutdown.ts';
import { attempt } from './attempt.ts';
import { describeFile } from '../../hypervisor/files.ts';
import type { PreviewContext } from './preview.ts';

export function describeTemporaryKey({ plan }: PreviewContext): readonly Action[] {
  const { type } = plan.source.ssh.temporary_key_pair ?? {};
  return [
    {
      type: 'note',
      text: `Makes a key pair (${type}) for this build, <public-key> and a private half that stays in memory.`,
    },
  ];
}

export function describeClearKeys(): readonly Action[] {
  return [guestCommand(forgetKeyCommand(`ssh- ${'K'.repeat(40)}`).replace('K'.repeat(40), '<public-key>'))];
}

export async function describeConnect({ plan, data }: PreviewContext): Promise<readonly Action[]> {
  const { config, ssh } = plan.source;
  if (config.communicator === 'none') {
    return [{ type: 'note', text: 'The communicator is "none": nobody connects to the guest.' }];
  }
  const ways = [
    ...(ssh.ssh_private_key_file === undefined ? [] : [`the key ${ssh.ssh_private_key_file}`]),
    ...(ssh.temporary_key_pair === undefined ? [] : ['the temporary key']),
    ...(ssh.ssh_agent_auth ? ['the keys of ssh-agent'] : []),
    ...(ssh.ssh_password === undefined ? [] : ['ssh_password']),
  ];
  const pause = ssh.pause_before_connecting;
  return [
    ...(pause > 0
      ? [{ type: 'wait', milliseconds: pause, text: 'pause_before_connecting' } satisfies Action]
      : []),
    ...(ssh.ssh_private_key_file === undefined
      ? []
      : [await describeFile(ssh.ssh_private_key_file, 'private key')]),
    ...(ssh.bastion?.privateKeyFile === undefined || ssh.bastion.privateKeyFile === ssh.ssh_private_key_file
      ? []
      : [await describeFile(ssh.bastion.privateKeyFile, 'private key for the bastion host')]),
    {
      type: 'note',
      text: `Connects by SSH to ${data.Host}:${data.Port}${throughOf(ssh)} as ${ssh.ssh_username ?? ''} with ${ways.join(' or ')}, and tries for ${ssh.ssh_timeout / 1000} s.`,
    },
    ...tunnelsOf(ssh),
  ];
}

function tunnelsOf({ ssh_local_tunnels: local = [], ssh_remote_tunnels: remote = [] }: SshConfig): Action[] {
  return [
    ...local.map(({ port, host, hostPort }): Action => ({
      type: 'note',
      text: `Port ${port} of localhost leads through the guest to ${host}:${hostPort} until the build ends.`,
    })),
    ...remote.map(({ port, host, hostPort }): Action => ({
      type: 'note',
      text: `Port ${port} of the guest's localhost leads through this machine to ${host}:${hostPort} until the build ends.`,
    })),
  ];
}

export async function describeProvisioners(context: PreviewContext): Promise<readonly Action[]> {
  const { provisioners, errorCleanupProvisioner: cleanup } = context.plan;
  const actions: Action[] = [];
  for (const [index, provisioner] of provisioners.entries()) {
    actions.push(...(await describeProvisioner(provisioner, `Provisioner ${index + 1}`, context)));
  }
  if (cleanup !== undefined) {
    const title = 'Only if the build fails from here on: error-cleanup-provisioner';
    const described = await describeProvisioner(cleanup, title, context);
    actions.push(
      ...described.map((action): Action =>
        action.type === 'command' ? { ...action, times: 'perhaps' } : action,
      ),
    );
  }
  if (actions.length === 0) actions.push({ type: 'note', text: 'There are no provisioners.' });
  return actions;
}

async function describeProvisioner(
  plan: ProvisionerPlan,
  title: string,
  { plan: { source }, data }: PreviewContext,
): Promise<readonly Action[]> {
  const { file, line } = plan.origin;
  const name = plan.name === undefined ? '' : ` "${plan.name}"`;
  const rules = [
    ...(plan.timeout > 0 ? [`it has ${plan.timeout / 1000} s (timeout)`] : []),
    ...(plan.maxRetries > 0
      ? [`after a failure it is tried ${plan.maxRetries} times more (max_retries)`]
      : []),
    ...(plan.continueOnError ? ['its failure does not end the build (continue_on_error)'] : []),
  ];
  const heading = [`${title}: ${plan.type}${name} (${file}:${line})`, ...rules].join('; ');
  const actions = await attempt(async () => {
    const resolved = plan.resolve(data);
    if (!resolved.ok) {
      throw new BuildError(`The block of the provisioner ${plan.type} cannot be evaluated.`, resolved);
    }
    const provisioner = await findProvisioner(plan.type);
    const context = { data, sourceName: source.name, sourceType: source.type };
    return (
      (await provisioner?.describe?.(resolved.config, context)) ?? [
        { type: 'config', config: resolved.config },
      ]
    );
  });
  return [
    { type: 'note', text: heading },
    ...(plan.pauseBefore > 0
      ? [{ type: 'wait', milliseconds: plan.pauseBefore, text: 'pause_before' } satisfies Action]
      : []),
    ...actions,
  ];
}

export async function describeShutdown({ plan, hypervisor }: PreviewContext): Promise<readonly Action[]> {
  const { config } = plan.source;
  const { shutdown_timeout: graceMs, vm_name: name } = config;
  const wait: Action = {
    type: 'note',
    text: `The machine has ${graceMs / 1000} s to power off (shutdown_timeout).`,
  };
  if (usesShutdownCommand(config)) return [guestCommand(config.shutdown_command), wait];
  const sync = config.communicator === 'none' ? [] : [guestCommand(SYNC_COMMAND)];
  return [...sync, ...(await hypervisor.describe({ kind: 'stop', name, graceMs })), wait];
}
