// WebAssembly reserves more address space than OpenBSD's default limits allow. This is a process without it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

Reflect.deleteProperty(globalThis, 'WebAssembly');

test('SSH works where WebAssembly does not', async (t) => {
  const { loadSsh2 } = await import('../../src/communicator/ssh/load-ssh2.ts');
  loadSsh2();
  const { startSshServer } = await import('./ssh-server.ts');
  const { connectSsh } = await import('../../src/communicator/ssh/ssh-communicator.ts');
  const server = await startSshServer(t, { password: 'correct horse' });
  const communicator = await connectSsh(
    {
      host: '127.0.0.1',
      port: server.port,
      config: {
        ssh_port: 22,
        ssh_username: 'root',
        ssh_password: 'correct horse',
        ssh_agent_auth: false,
        ssh_timeout: 10_000,
        ssh_handshake_attempts: 1,
        ssh_pty: false,
        ssh_disable_agent_forwarding: false,
        ssh_file_transfer_method: 'sftp',
        ssh_keep_alive_interval: 5_000,
        pause_before_connecting: 0,
      },
      onStatus: () => {},
      onWarning: () => {},
    },
    new AbortController().signal,
  );
  let output = '';
  const signal = new AbortController().signal;
  await communicator.exec('echo hi', { signal, onStdout: (chunk) => (output += chunk.toString()) });
  await communicator.close();
  assert.equal(output, 'hi\n');
});
