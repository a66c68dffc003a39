// Plays the sshd of a machine of the fake vmctl (scenario.json, guest.onBoot): a real SSH server at the guest's address that
// runs commands on this machine with the few harmless programs of DIRECTORY. "poweroff" ends the guest, not this machine.
// Arguments: PORT PASSWORD DIRECTORY
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { startSshServer } from '../../communicator/ssh-server.ts';

const [port, password, path] = process.argv.slice(2);
const { FAKE_VM_ID: id } = process.env;
if (port === undefined || password === undefined || path === undefined || id === undefined) {
  throw new Error('use: guest-sshd.ts PORT PASSWORD DIRECTORY, as guest.onBoot of the fake vmctl');
}

const forever = { after() {} } as unknown as TestContext;
const server = await startSshServer(forever, {
  user: 'root',
  password,
  path,
  rewrite: (command) => (/\bpoweroff\b/.test(command) ? 'exit 0' : command),
  onExec: (command) => {
    if (/\bpoweroff\b/.test(command)) console.log('poweroff');
  },
});
const front = createServer((socket) => {
  const inner = connect(server.port, '127.0.0.1');
  socket.on('error', () => {}).pipe(inner);
  inner.on('error', () => {}).pipe(socket);
}).listen(Number(port), `127.64.${id}.3`);
await once(front, 'listening');
