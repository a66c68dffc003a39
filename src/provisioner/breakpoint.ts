import { Options } from './options.ts';
import type { Provisioner } from './provisioner.ts';

/** Waits until the person at the terminal has pressed Enter. */
export const breakpoint: Provisioner = {
  type: 'breakpoint',
  async run(config, { ui, signal, pause }) {
    const options = new Options(config);
    const title = titleOf(options);
    if (options.boolean('disable')) return ui.say(`${title} is disabled; going on`);
    if (pause === undefined) {
      throw new Error(
        `${title} waits for Enter, and there is no terminal on which somebody could press it. ` +
          'Set disable = true, or run the build on a terminal without -machine-readable.',
      );
    }
    await pause(title, signal);
  },
  describe: (config) => {
    const options = new Options(config);
    const text = options.boolean('disable') ? 'is disabled.' : 'waits for Enter on the terminal.';
    return Promise.resolve([{ type: 'note', text: `${titleOf(options)} ${text}` }]);
  },
};

function titleOf(options: Options): string {
  const note = options.string('note') ?? '';
  return note === '' ? 'The breakpoint' : `The breakpoint "${note}"`;
}
