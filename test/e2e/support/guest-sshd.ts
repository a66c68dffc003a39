// Plays the sshd of a machine of the fake vmctl (scenario.json, guest.onBoot): a real SSH server at the guest's address that
// runs commands on this machine with a few harmless programs, or none at all. "poweroff" and "halt" end the guest, not this machine.
// Argument: a GuestSshd as JSON
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { startSshServer } from '../../communicator/ssh-server.ts';

export interface GuestSshd {
  readonly port: number;
  readonly user: string;
  /** Undefined: any key is let in, and no password. */
  readonly password?: string;
  /** The folder of the programs that a command finds. */
  readonly programs: string;
  /** Runs nothing: every command succeeds at once, and what is uploaded becomes a file of this folder. */
  readonly uploads?: string;
}

const [words] = process.argv.slice(2);
const { FAKE_VM_ID: id, FAKE_VM_PREFIX: prefix } = process.env;
if (words === undefined || id === undefined || prefix === undefined) {
  throw new Error('use: guest-sshd.ts JSON, as guest.onBoot of the fake vmctl');
}
const { port, user, password, programs, uploads } = JSON.parse(words) as GuestSshd;
const [, a, b] = prefix.split('.').map(Number);
const ends = (command: string) => /\b(poweroff|halt)\b/.test(command);

const forever = { after() {} } as unknown as TestContext;
const server = await startSshServer(forever, {
  user,
  ...(password === undefined ? { anyKey: true } : { password }),
  path: programs,
  sftp: uploads === undefined,
  rewrite: (command) => {
    if (uploads !== undefined && /\bscp .*-t /.test(command)) return `exec scp -t '${uploads}'`;
    return uploads !== undefined || ends(command) ? 'exit 0' : command;
  },
  onExec: (command) => {
    if (ends(command)) console.log('poweroff');
  },
});
const front = createServer((socket) => {
  const inner = connect(server.port, '127.0.0.1');
  socket.on('error', () => {}).pipe(inner);
  inner.on('error', () => {}).pipe(socket);
}).listen(port, `127.${a}.${b! + Number(id)}.3`);
await once(front, 'listening');
