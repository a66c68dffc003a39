import type { Run } from '../command.ts';

/** `vmm-hcl init`. */
export const run: Run = async (args, io) => {
  const text = 'Nothing needs to be installed: everything that vmm-hcl can run is built in.';
  if (args.machineReadable) {
    const { machineLine } = await import('../view/machine.ts');
    io.stdout.write(machineLine(Date.now(), '', 'ui', 'say', text));
  } else io.stdout.write(`${text}\n`);
  return 0;
};
