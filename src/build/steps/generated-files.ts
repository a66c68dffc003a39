import { generateFiles } from '../../http/generated-files.ts';
import { asksForKey } from '../guest/boot-text.ts';
import { publicKeyOf } from '../build-data.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import type { Step } from '../step.ts';
import { serve } from './http-server.ts';

/** Renders the installation files of this build and lets the server hand them out. */
export const generatedFiles: Step<BuildContext> = {
  name: 'generated files',
  async run(context, defer) {
    const { http, emitter } = context;
    const { config } = context.plan.source;
    if (http === undefined || config.http_directory === undefined) return;
    const generated = await generateFiles({
      source: config.http_directory,
      pattern: config.gen_files_pattern,
      extension: config.gen_files_extension,
      data: {
        VMName: config.vm_name,
        HTTPIP: http.host,
        HTTPPort: String(http.server.port),
        SSHPublicKey: await publicKeyOf(context),
      },
      onNote: (text) => emitter.say(text),
    });
    http.generated = generated;
    let there = true;
    defer({
      leaves: () => (there ? `the folder ${generated.folder} (remove it with rm -r)` : undefined),
      run: async () => {
        await generated.remove();
        there = false;
      },
    });
    if (generated.names.length > 0) emitter.say(`Generated ${generated.names.join(', ')}`);
    if (!generated.showKey) checkKeyIsShown(context);
    serve(context);
  },
};

/** Before an installation whose result nobody could log in to. */
function checkKeyIsShown({ plan }: BuildContext): void {
  const { config, ssh, origin } = plan.source;
  if (ssh.temporary_key_pair === undefined || asksForKey(plan.source)) return;
  if (ssh.ssh_password !== undefined || ssh.ssh_agent_auth) return;
  const pattern = `${config.gen_files_pattern}*.${config.gen_files_extension}`;
  throw new BuildError(
    `The temporary key is the only way into the guest, but no file that was generated from ${pattern} holds {{ .SSHPublicKey }}.`,
    {
      hint: 'Put {{ .SSHPublicKey }} into such a file or into boot_command, or correct gen_files_pattern.',
      origin,
    },
  );
}
