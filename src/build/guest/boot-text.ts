import type { SourcePlan } from '../../plan/build-plan.ts';
import { buildFunctions, renderTemplate } from '../../template/index.ts';
import { BuildError } from '../failure.ts';

/** What `boot_command` says with the addresses and the public key of a build. @throws BuildError */
export function renderBootCommand(
  source: SourcePlan,
  { host, port, publicKey }: { host: string; port: string; publicKey: string | undefined },
): string {
  const { boot_command: command, vm_name: name } = source.config;
  const data = { Name: name, VMName: name, HTTPIP: host, HTTPPort: port, SSHPublicKey: publicKey };
  try {
    return renderTemplate(command, data, { functions: buildFunctions(source) });
  } catch (cause) {
    const { origin } = source;
    throw new BuildError(`boot_command cannot be rendered: ${(cause as Error).message}`, { origin, cause });
  }
}

/** What a user should know whose boot command asks for the port of a server that there is not. */
export const NO_SERVER_PORT =
  'The boot command uses {{ .HTTPPort }}, but there is no HTTP server: set http_directory or http_content.';

/** Whether the boot command, not rendered yet, uses the server's port. */
export function asksForPort({ config }: SourcePlan): boolean {
  return /\{\{[^}]*\.HTTPPort\b/.test(config.boot_command);
}

/** Whether the boot command, not rendered yet, holds the public key. */
export function asksForKey({ config }: SourcePlan): boolean {
  return /\{\{[^}]*\.SSHPublicKey\b/.test(config.boot_command);
}

/** The port in boot commands of builds without a server. */
export const NO_PORT = '0';
