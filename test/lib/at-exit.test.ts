import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

/** What a process that ends by itself after `script` prints. */
function outputOf(script: string): { readonly stdout: string; readonly stderr: string } {
  const module = new URL('../../src/lib/at-exit.ts', import.meta.url).href;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', `import { atExit } from '${module}';\n${script}`],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return { stdout, stderr };
}

it('acts once for each call when the process exits, but not for what was withdrawn or fails', () => {
  const { stdout } = outputOf(`
    const say = (text) => () => console.log(text);
    atExit(say('first'));
    const withdraw = atExit(say('withdrawn'));
    atExit(() => { throw new Error('x'); });
    const same = say('same');
    atExit(same);
    atExit(same)();
    withdraw();
    withdraw();
    atExit(say('last'));
  `);
  assert.equal(stdout, 'first\nsame\nlast\n');
});

it('does not make Node warn of a leak, and leaves no listener', () => {
  const { stdout, stderr } = outputOf(`
    const before = process.listenerCount('exit');
    const all = Array.from({ length: 20 }, () => atExit(() => console.log('acted')));
    for (const withdraw of all) withdraw();
    console.log(process.listenerCount('exit') - before);
  `);
  assert.equal(stdout, '0\n');
  assert.equal(stderr, '');
});
