// SIGKILL in each step of a build, as kill -9 or a power cut end it, and then `vmm-hcl gc`.
import type { Cell } from './cell.ts';
import { type Hold, holdName, HOLDS } from './signals.ts';

/** Of a machine that vmd(8) only queues, nobody can prove whose it is: `gc` leaves it and says so. */
const isProvable = ({ by }: Hold) => by !== 'vmd that queues the machine';

export const KILL_CELLS: readonly Cell[] = HOLDS.filter(
  (hold) => hold.isShort !== true && isProvable(hold),
).map((hold) => {
  const { moment, image, ...setting } = hold;
  return {
    name: `SIGKILL and gc ${holdName(hold)}`,
    ...setting,
    meanwhile: async (run, place) => {
      await moment(run, place);
      run.signal('SIGKILL');
    },
    isCollected: true,
    image: image ?? (setting.oldImage === true ? 'old' : 'none'),
    ...(setting.oldImage === true ? { flags: ['-force'] } : {}),
  };
});
