// Run by prompt.test.ts on a terminal: asks one question about a guest that echoes, and prints the answer.
import type { Terminal } from '../../src/communicator/communicator.ts';
import { ConsoleHub } from '../../src/build/console/hub.ts';
import { processIo } from '../../src/cli/io.ts';
import { TerminalPrompt } from '../../src/cli/terminal/prompt.ts';

const hub: ConsoleHub = new ConsoleHub(() => ({
  onData: () => () => {},
  write: (bytes) => Promise.resolve(hub.push(`<${Buffer.from(bytes).toString().trim()}>`)),
  closed: new Promise<void>(() => {}),
}));
hub.push('ddb> ');
const shell = async ({ input, output, type, size }: Terminal) => {
  output.write(`$ (${type} ${size().columns}x${size().rows} raw=${process.stdin.isRaw})`);
  await new Promise<void>((resolve) => {
    input.resume().once('data', (chunk: Buffer) => {
      output.write(`{${chunk.toString().trim()}}\r\n`);
      input.pause();
      resolve();
    });
  });
  return { status: 0 };
};
const view = { say() {}, error() {}, event() {}, finish: () => Promise.resolve(), suspend() {}, resume() {} };
const prompt = new TerminalPrompt(processIo(), view);
const answer = await prompt.onError(
  {
    build: 'vmm.web',
    step: 'provision',
    message: 'It failed.',
    mayContinue: true,
    access: () => ({ console: Object.assign(hub, { ended: new Promise(() => {}) }), shell }),
  },
  new AbortController().signal,
);
process.stdout.write(`answer=${answer} raw=${process.stdin.isRaw}\n`);
process.exit(0);
