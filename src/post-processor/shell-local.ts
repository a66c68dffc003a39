import type { JsonObject } from '../plan/json.ts';
import { Options } from '../provisioner/options.ts';
import { describeLocalScripts, runLocalScripts } from '../provisioner/shell-local.ts';
import type { PostProcessor } from './post-processor.ts';

/** Runs scripts on this machine when the image is complete; hands its input on. */
export const shellLocal: PostProcessor = {
  type: 'shell-local',
  keepInput: 'always',
  async run(input, config, context) {
    await runLocalScripts(optionsOf(config), context);
    return input;
  },
  describe: (config, context) => describeLocalScripts(optionsOf(config), context),
};

/** In this form an `execute_command` of one element is a command line for the shell, as in Packer. */
function optionsOf(config: JsonObject): Options {
  const command = config['execute_command'];
  const isLine = Array.isArray(command) && command.length === 1;
  return new Options(isLine ? { ...config, execute_command: ['sh', '-c', ...command] } : config);
}
