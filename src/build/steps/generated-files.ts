import { generateFiles } from '../../http/generated-files.ts';
import type { BuildContext } from '../context.ts';
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
      data: { VMName: config.vm_name, HTTPIP: http.host, HTTPPort: String(http.server.port) },
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
    serve(context);
  },
};
