import { drained, processIo } from './io.ts';
import { main } from './main.ts';

void main(process.argv.slice(2), processIo()).then(async (status) => {
  await drained();
  process.exit(status);
});
