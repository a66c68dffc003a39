import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Client, ClientChannel } from 'ssh2';
import { finishExec, openExec } from '../../src/communicator/ssh/exec.ts';

/** A client whose command has started, printed and ended before the caller of `exec` gets a turn, all in one packet. */
function quickClient(end: (channel: ClientChannel) => void): Client {
  const client = new EventEmitter();
  const exec = (
    _command: string,
    _options: object,
    callback: (error: undefined, channel: unknown) => void,
  ) => {
    const channel = Object.assign(new PassThrough(), { stderr: new PassThrough(), close() {}, signal() {} });
    callback(undefined, channel);
    end(channel as unknown as ClientChannel);
    channel.push('printed');
    channel.push(null);
  };
  return Object.assign(client, { exec }) as unknown as Client;
}

async function run(client: Client): Promise<{ status: number; signal?: string; printed: string }> {
  const { signal } = new AbortController();
  const channel = await openExec(client, 'true', {}, signal);
  let printed = '';
  const result = await finishExec(channel, {
    signal,
    onStdout: (chunk) => (printed += Buffer.from(chunk).toString()),
  });
  return { ...result, printed };
}

test('a command that ends in the packet in which it starts has its status', async () => {
  const result = await run(quickClient((channel) => channel.emit('exit', 7)));
  assert.deepEqual(result, { status: 7, printed: 'printed' });
});

test('and its signal', async () => {
  const result = await run(quickClient((channel) => channel.emit('exit', null, 'SIGKILL')));
  assert.deepEqual(result, { status: 1, signal: 'KILL', printed: 'printed' });
});

test('without an exit the connection was lost', async () => {
  const { status } = await run(quickClient(() => {}));
  assert.equal(status, 2300218);
});
