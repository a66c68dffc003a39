import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CommandError } from '../../../src/lib/process/command-error.ts';
import { findProgram } from '../../../src/lib/process/find-program.ts';
import { listProcesses } from '../../../src/lib/process/table.ts';
import { run, startProcess } from '../../../src/lib/process/run.ts';
import { shellCommand } from '../../../src/lib/process/shell-words.ts';

const node = process.execPath;
const script = (source: string) => ['-e', source];

async function commandError(promise: Promise<unknown>): Promise<CommandError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CommandError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the command did not fail' });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('run', () => {
  it('returns what the program printed and passes arguments as they are', async () => {
    const argument = `a b'"$HOME;\n*`;
    const result = await run(node, [...script('process.stdout.write(process.argv[1])'), argument]);
    assert.equal(result.stdout, argument);
    assert.equal(result.exitCode, 0);
  });

  it('lets everything else have a turn after each piece of output', async () => {
    let turn = 0;
    let ended = false;
    const count = () => {
      turn++;
      if (!ended) setImmediate(count);
    };
    setImmediate(count);
    const turns: number[] = [];
    const flood = 'for (let i = 0; i < 64; i++) require("fs").writeSync(1, Buffer.alloc(65536))';
    await run(node, script(flood), {
      onStdout: () => {
        turns.push(turn);
        // Long enough for the next piece to be there.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      },
    });
    ended = true;
    assert.ok(turns.length >= 32, `${turns.length} pieces`);
    // One as it arrives, and one that was read ahead.
    const most = Math.max(...turns.map((one) => turns.filter((other) => other === one).length));
    assert.ok(most <= 2, `${most} pieces in one turn`);
  });

  it('hands over standard input and changes the environment', async () => {
    const source = 'process.stdin.on("data", (d) => process.stdout.write(d + process.env.COLOUR))';
    const result = await run(node, script(source), { stdin: { content: 'sky ' }, env: { COLOUR: 'blue' } });
    assert.equal(result.stdout, 'sky blue');
  });

  it('gives one error with program, status, last words and a replayable command line', async () => {
    const error = await commandError(
      run(node, script('console.error("first"); console.error("no room"); process.exit(3)')),
    );
    assert.equal(error.exitCode, 3);
    assert.match(error.message, /failed with exit status 3: first\nno room\nThe command was: /);
    assert.match(error.commandLine, / -e 'console\.error/);
  });

  it('tells a missing program and a missing permission apart', async () => {
    const missing = await commandError(run('/nonexistent/program', []));
    assert.match(missing.message, /^\/nonexistent\/program was not found/);
    const directory = mkdtempSync(join(tmpdir(), 'run-'));
    const file = join(directory, 'plain');
    writeFileSync(file, '#!/bin/sh\n', { mode: 0o644 });
    assert.match((await commandError(run(file, []))).message, /permission denied/);
    rmSync(directory, { recursive: true });
  });

  it('kills what takes too long, even when it ignores SIGTERM', async () => {
    const mark = randomUUID();
    const source = 'trap "" TERM; while :; do sleep 1; done';
    const error = await commandError(run('/bin/sh', ['-c', source, mark], { timeout: 300, killAfter: 50 }));
    assert.match(error.message, /did not end within 0\.3 s/);
    const commands = (await listProcesses()).map(({ command }) => command);
    assert.deepEqual(
      commands.filter((command) => command.includes(mark)),
      [],
    );
  });

  it('rejects with the abort reason once the process is gone', async () => {
    const controller = new AbortController();
    let pid = 0;
    const reason = new Error('cancelled');
    const running = run(node, script('console.log(process.pid); setInterval(() => {}, 1000)'), {
      signal: controller.signal,
      onStdout: (chunk) => {
        pid = Number(chunk.toString());
        controller.abort(reason);
      },
    });
    await assert.rejects(running, reason);
    assert.ok(!isAlive(pid));
    await assert.rejects(run(node, script(''), { signal: controller.signal }), reason);
  });

  for (const [what, words] of [
    ['is silent', ['sleep', '30']],
    ['prints for ever', ['sh', '-c', 'while :; do echo; sleep 0.1; done']],
  ] as const) {
    it(`does not wait for a daemon that inherited the pipes and ${what}`, async () => {
      const [program, ...args] = words;
      const daemon = `require("child_process").spawn("${program}", ${JSON.stringify(args)}, {stdio: "inherit", detached: true})`;
      const { stdout } = await run(node, script(`console.log(${daemon}.pid); process.exit(0)`));
      process.kill(parseInt(stdout, 10));
    });
  }

  it('misses nothing of what was printed, also when it comes to read it late', async () => {
    const clock = new Int32Array(new SharedArrayBuffer(4));
    const { stdout } = await run('/bin/sh', ['-c', 'head -c 250000 /dev/zero'], {
      onStdout: () => void Atomics.wait(clock, 0, 0, 300),
    });
    assert.equal(stdout.length, 250_000);
  });
});

describe('startProcess', () => {
  it('keeps standard input open, and kills a whole group', async () => {
    let output = '';
    let more: () => void = () => undefined;
    const child = await startProcess(
      '/bin/sh',
      ['-c', 'sleep 60 & echo $!; while read x; do echo "<$x>"; done'],
      {
        stdin: 'pipe',
        ownGroup: true,
        onStdout: (chunk) => {
          output += chunk.toString();
          more();
        },
      },
    );
    const until = async (pattern: RegExp) => {
      while (!pattern.test(output)) await new Promise<void>((resolve) => (more = resolve));
    };
    await until(/\d+\n/);
    child.stdin?.write('ping\n');
    await until(/<ping>/);
    const sleeper = Number(/\d+/.exec(output)?.[0]);
    assert.ok(isAlive(sleeper));
    assert.deepEqual(await child.kill(), { signal: 'SIGTERM' });
    // The orphan is reaped by init, which may take a moment.
    while (isAlive(sleeper) && !isZombie(sleeper)) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

describe('helpers', () => {
  it('quotes words for a shell', () => {
    assert.equal(
      shellCommand(['vmctl', 'create', 'qcow2:/a b.qcow2', "it's", '']),
      `vmctl create 'qcow2:/a b.qcow2' 'it'\\''s' ''`,
    );
  });

  it('finds programs on PATH and in the fallback directories', () => {
    assert.equal(findProgram('sh', { PATH: '/nonexistent:/bin' }), '/bin/sh');
    assert.equal(findProgram('sh', { PATH: '' }, ['/bin']), '/bin/sh');
    assert.equal(findProgram('no-such-program', { PATH: '/bin' }), undefined);
    assert.equal(findProgram('/bin/sh'), '/bin/sh');
    assert.equal(findProgram('/bin'), undefined);
  });
});
