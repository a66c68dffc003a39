// The menu of -on-error=ask on a real terminal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram } from '../../src/lib/process/find-program.ts';

/** Runs the program on a pseudo-terminal, and types each answer when the text before it has appeared after the last one. */
const DRIVER = `
import fcntl, os, pty, struct, sys, termios
dialogue = sys.argv[1].split("|")
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
seen = ""
at = 0
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    seen += data.decode()
    while dialogue and dialogue[0] in seen[at:]:
        at = len(seen)
        os.write(fd, dialogue[1].encode().decode("unicode_escape").encode())
        dialogue = dialogue[2:]
sys.stdout.write(seen)
`;

async function converse(...dialogue: string[]): Promise<string> {
  const program = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'prompt-program.ts')];
  const child = spawn('python3', ['-c', DRIVER, dialogue.join('|'), ...program], {
    env: { ...process.env, TERM: 'vt220' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return output;
}

const skip = findProgram('python3', process.env) === undefined ? 'python3 is not installed' : false;

test('shell and console come back to the menu, and the terminal with them', { skip }, async () => {
  const output = await converse(
    ...['What now? ', 's\\r', 'raw=true)', 'uname\\r'],
    ...['What now? ', 'C\\r', 'ddb> ', 'trace\\r~.'],
    ...['What now? ', 'x\\r', 'What now? ', 'g\\r'],
  );
  assert.match(output, /step "provision" failed: It failed\.\r\n/);
  assert.match(output, /\[r\] try again from the provisioner that failed\r\n +\[g\] go on without it\r\n/);
  assert.match(output, /\$ \(vt220 100x30 raw=true\)\{uname\}/);
  assert.match(output, /ddb> .*<trace>/s);
  assert.equal(output.match(/What now\?/g)?.length, 4, 'an unknown answer asks again');
  assert.match(output, /answer=continue raw=false\r\n$/);
});

for (const [keys, answer] of [
  ['\\r', 'cleanup'],
  ['a\\r', 'abort'],
  ['R\\r', 'retry'],
] as const) {
  test(`${JSON.stringify(keys)} means ${answer}`, { skip }, async () => {
    assert.match(await converse('What now? ', keys), new RegExp(`answer=${answer} raw=false\r\n$`));
  });
}
