import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ServerChannel } from 'ssh2';
import { DISCONNECTED } from '../../src/communicator/communicator.ts';
import type { Communicator, Terminal } from '../../src/communicator/communicator.ts';
import { noCommunicator } from '../../src/communicator/none.ts';
import { connectSsh } from '../../src/communicator/ssh/ssh-communicator.ts';
import { startSshServer } from './ssh-server.ts';
import type { TestServer } from './ssh-server.ts';

/** A person's terminal: what is typed goes into `input`, `shown` is what the person sees. */
class Screen implements Terminal {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly type = 'vt220';
  readonly resized = new EventEmitter();
  columns = 100;
  shown = '';

  constructor() {
    this.output.on('data', (chunk: Buffer) => {
      this.shown += chunk.toString();
      this.resized.emit('shown');
    });
  }

  size = () => ({ columns: this.columns, rows: 30 });

  onResize(listener: () => void): () => void {
    this.resized.on('resize', listener);
    return () => this.resized.off('resize', listener);
  }

  async sees(text: string): Promise<void> {
    while (!this.shown.includes(text)) await once(this.resized, 'shown');
  }
}

async function guest(
  t: TestContext,
  onShell: (channel: ServerChannel, terminal: readonly string[]) => void,
): Promise<{ ssh: Communicator; server: TestServer }> {
  const server = await startSshServer(t, { password: 'correct horse', onShell });
  const config = {
    ssh_port: 22,
    ssh_username: 'root',
    ssh_password: 'correct horse',
    ssh_agent_auth: false,
    ssh_timeout: 20_000,
    ssh_handshake_attempts: 0,
    ssh_pty: false,
    ssh_disable_agent_forwarding: false,
    ssh_file_transfer_method: 'scp',
    ssh_keep_alive_interval: 0,
    pause_before_connecting: 0,
  } as const;
  const quiet = { onStatus: () => {}, onWarning: () => {} };
  const ssh = await connectSsh(
    { host: '127.0.0.1', port: server.port, config, ...quiet },
    new AbortController().signal,
  );
  t.after(() => ssh.close());
  return { ssh, server };
}

/** A shell that repeats each line and ends with status 3 at `exit`. */
function echo(channel: ServerChannel): void {
  channel.write('$ ');
  channel.on('data', (chunk: Buffer) => {
    channel.write(chunk);
    if (!chunk.toString().includes('exit')) return;
    channel.stderr.write('goodbye');
    channel.exit(3);
    channel.end();
  });
}

test('a shell: terminal and size reach the guest, so does what is typed; the streams are the caller’s again', async (t) => {
  let told: readonly string[] = [];
  const { ssh } = await guest(t, (channel, terminal) => {
    told = terminal;
    echo(channel);
  });
  const screen = new Screen();
  const end = ssh.shell(screen, new AbortController().signal);
  await screen.sees('$ ');
  screen.columns = 132;
  screen.resized.emit('resize');
  screen.input.write('ls\r');
  await screen.sees('ls\r');
  screen.input.write('exit\r');
  assert.deepEqual(await end, { status: 3 });
  assert.equal(screen.shown, '$ ls\rexit\rgoodbye');
  assert.deepEqual(told, ['vt220 100x30', '132x30']);
  assert.equal(screen.resized.listenerCount('resize'), 0);
  assert.ok(screen.input.isPaused() && screen.input.writable && screen.output.writable);
  // The connection is as good as before, and so is the terminal.
  assert.equal((await ssh.exec('exit 4', { signal: new AbortController().signal })).status, 4);
  const again = ssh.shell(screen, new AbortController().signal);
  screen.input.write('exit\r');
  assert.deepEqual(await again, { status: 3 });
});

test('a shell ends with the abort, with the person’s terminal, and with the connection', async (t) => {
  const closed: Promise<unknown>[] = [];
  const { ssh, server } = await guest(t, (channel) => {
    closed.push(once(channel, 'close'));
    channel.write('$ ');
    channel.resume();
  });
  const abort = new AbortController();
  const first = new Screen();
  const aborted = ssh.shell(first, abort.signal);
  await first.sees('$ ');
  abort.abort(new Error('enough'));
  await assert.rejects(aborted, /enough/);
  await closed[0];

  const second = new Screen();
  const gone = ssh.shell(second, new AbortController().signal);
  await second.sees('$ ');
  second.output.destroy();
  await assert.rejects(gone, /the terminal was closed/);
  await closed[1];

  const third = new Screen();
  const lost = ssh.shell(third, new AbortController().signal);
  await third.sees('$ ');
  server.cut();
  assert.deepEqual(await lost, { status: DISCONNECTED });
});

test('without a communicator there is no shell, and the message says why', async () => {
  await assert.rejects(noCommunicator.shell(new Screen(), new AbortController().signal), /"none".*no shell/);
});
