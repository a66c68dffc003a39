import { processIo } from './io.ts';
import { main } from './main.ts';
import { drained } from './output.ts';

const io = processIo();
let crash: Promise<unknown> | undefined;
// A bug in some callback: what runs is cancelled as by SIGTERM, so that no machine is left behind, and the status is 1.
process.on('uncaughtException', (error) => {
  crash = import('./internal-error.ts').then(({ reportInternalError }) => reportInternalError(error, io));
  if (!process.emit('SIGTERM', 'SIGTERM')) void crash.then(() => process.exit(1));
});

void main(process.argv.slice(2), io).then(async (status) => {
  await crash;
  const leave = (): never => process.exit(crash === undefined ? status : 1);
  // A build listens for signals until the end. Now one means that nobody reads what is still to be written.
  if (process.listenerCount('SIGINT') > 0) io.onSignal(leave);
  await drained();
  leave();
});
