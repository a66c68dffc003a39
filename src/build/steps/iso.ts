import type { BuildContext } from '../context.ts';
import type { Step } from '../step.ts';
import { placed } from '../failure.ts';
import { getIso } from '../iso/get-iso.ts';
import { refuseExisting } from './disk.ts';

/** Fetches the ISO image of `iso_url`, before anything else costs time. */
export const iso: Step<BuildContext> = {
  name: 'iso image',
  async run(context) {
    const { emitter, plan, signal } = context;
    const { config, origin } = plan.source;
    if (config.iso === undefined) return;
    // An image that may not be replaced ends the build now, and not after a long download.
    await refuseExisting(context);
    try {
      context.iso = await getIso(config.iso, {
        signal,
        say: (text) => emitter.say(text),
        status: (text) => emitter.emit({ type: 'status', text }),
      });
    } catch (error) {
      throw placed(error, origin);
    }
  },
};
