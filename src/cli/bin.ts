import { reportInternalError } from './internal-error.ts';
import { processIo } from './io.ts';
import { main } from './main.ts';
import { drained } from './output.ts';

const io = processIo();
let crashed = false;
// A bug in some callback: what runs is cancelled as by SIGTERM, so that no machine is left behind, and the status is 1.
process.on('uncaughtException', (error) => {
  crashed = true;
  reportInternalError(error, io);
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1);
});

void main(process.argv.slice(2), io).then(async (status) => {
  await drained();
  process.exit(crashed ? 1 : status);
});
