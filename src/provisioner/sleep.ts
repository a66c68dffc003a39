import { setTimeout } from 'node:timers/promises';
import { Options } from './options.ts';
import type { Provisioner } from './provisioner.ts';

/** Waits for a fixed time. */
export const sleep: Provisioner = {
  type: 'sleep',
  async run(config, { ui, signal }) {
    const duration = new Options(config).duration('duration', 0);
    ui.say(`Sleeping ${duration / 1000} s`);
    await setTimeout(duration, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
  describe: (config) => {
    const milliseconds = new Options(config).duration('duration', 0);
    return Promise.resolve([{ type: 'wait', milliseconds, text: 'the provisioner sleep' }]);
  },
};
