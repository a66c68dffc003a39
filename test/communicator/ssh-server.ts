import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import type { TestContext } from 'node:test';
import ssh2 from 'ssh2';
import type {
  AuthContext,
  Connection,
  PseudoTtyInfo,
  ServerChannel,
  SFTPWrapper,
  TcpipRequestInfo,
} from 'ssh2';

const { Server, utils } = ssh2;

/** What the server does, and how it misbehaves; may be changed while it runs. */
export interface Behaviour {
  user: string;
  password?: string;
  /** A public key in OpenSSH format. */
  publicKey?: string;
  /** Lets any key in, when it signs rightly. */
  anyKey?: boolean;
  /** Accept the password only by keyboard-interactive. */
  keyboardOnly?: boolean;
  /** How many connections are accepted and then left without a banner, as a user-mode network does before the guest is up. */
  silentConnections: number;
  /** How many logins are refused although they are right, as before first-boot programs have set the password. */
  refusals: number;
  sftp: boolean;
  /** Directory of programs that `exec` finds; undefined: the usual ones. */
  path?: string;
  /** Close the connection when a command, or the name of a request of the connection, contains this. */
  dropOn?: string;
  /** Runs another command instead. */
  rewrite?: (command: string) => string;
  /** Lets connections through, as AllowTcpForwarding does. */
  forwarding?: boolean;
  /** Called with each command. */
  onExec?: (command: string, signals: string[]) => void;
  /** Is the shell of a session with a terminal, whose kind and sizes so far are in `terminal`. */
  onShell?: (channel: ServerChannel, terminal: readonly string[]) => void;
}

export interface TestServer {
  readonly port: number;
  readonly behaviour: Behaviour;
  /** All connections that were accepted so far. */
  connections(): number;
  /** Commands that still run. */
  running(): number;
  /** Cuts every connection. */
  cut(): void;
}

export function hostKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
}

let sharedKey: string | undefined;

/** A real SSH server on 127.0.0.1 that runs commands with /bin/sh and has an SFTP server on this machine's files. */
export async function startSshServer(
  t: TestContext,
  change: Partial<Behaviour> = {},
  key: string = (sharedKey ??= hostKey()),
): Promise<TestServer> {
  const behaviour: Behaviour = { user: 'root', silentConnections: 0, refusals: 0, sftp: true, ...change };
  const state = { connections: 0, running: 0 };
  const inner = new Server({ hostKeys: [key] }, (client) => handle(client, behaviour, state));
  inner.listen(0, '127.0.0.1');
  await once(inner as unknown as TcpServer, 'listening');
  const innerPort = (inner.address() as AddressInfo).port;
  const sockets = new Set<Socket>();
  // In front of it, a forwarder like that of a user-mode network: it accepts before the guest does.
  const front = createServer((socket) => {
    state.connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    if (behaviour.silentConnections > 0) {
      behaviour.silentConnections--;
      return;
    }
    const guest = connect(innerPort, '127.0.0.1');
    socket.on('close', () => guest.destroy());
    guest.on('close', () => socket.destroy()).on('error', () => {});
    socket.pipe(guest).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  t.after(() => {
    cut();
    front.close();
    inner.close();
  });
  return {
    port: (front.address() as AddressInfo).port,
    behaviour,
    connections: () => state.connections,
    running: () => state.running,
    cut,
  };
}

function handle(client: Connection, behaviour: Behaviour, state: { running: number }): void {
  client.on('error', () => {});
  client.on('authentication', (context) => {
    void allowed(context, behaviour).then((ok) => {
      if (ok && behaviour.refusals > 0) behaviour.refusals--;
      else if (ok) return context.accept();
      context.reject(methods(behaviour));
    });
  });
  // Without a listener ssh2 answers "administratively prohibited", as OpenSSH does.
  const forward = (
    accept: () => ServerChannel,
    reject: () => void,
    { destIP, destPort }: TcpipRequestInfo,
  ) => {
    const socket = connect({ port: destPort, host: destIP, allowHalfOpen: true });
    socket.on('error', () => reject());
    socket.on('connect', () => {
      const channel = accept();
      channel.on('error', () => {}).on('close', () => socket.destroy());
      socket.on('close', () => channel.end());
      channel.pipe(socket).pipe(channel);
    });
  };
  if (behaviour.forwarding) client.on('tcpip', forward);
  client.on('request', (accept, reject, name, info) => {
    if (behaviour.dropOn !== undefined && name.includes(behaviour.dropOn)) return client.end();
    if (name !== 'tcpip-forward' || !behaviour.forwarding) return reject?.();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const { bindAddr, bindPort } = info as { bindAddr: string; bindPort: number };
      client.forwardOut(bindAddr, bindPort, '127.0.0.1', 1, (error, channel) => {
        if (error) return void socket.destroy();
        socket
          .on('error', () => {})
          .pipe(channel)
          .on('error', () => {})
          .pipe(socket);
      });
    });
    server.on('error', () => reject?.());
    server.listen((info as { bindPort: number }).bindPort, '127.0.0.1', () => accept?.());
    client.on('close', () => server.close());
  });
  client.on('ready', () =>
    client.on('session', (acceptSession) => {
      const session = acceptSession();
      const terminal: string[] = [];
      session.on('pty', (accept, _reject, { term, cols, rows }: PseudoTtyInfo & { term?: string }) => {
        terminal.push(`${term} ${cols}x${rows}`);
        accept();
      });
      session.on('window-change', (accept, _reject, { cols, rows }) => {
        terminal.push(`${cols}x${rows}`);
        accept?.();
      });
      session.on('shell', (accept) => {
        if (behaviour.onShell === undefined) accept().exit(127);
        else behaviour.onShell(accept(), terminal);
      });
      const signals: string[] = [];
      session.on('signal', (accept, _reject, info) => {
        signals.push(info.name);
        accept?.();
      });
      session.on('exec', (accept, _reject, { command }) => {
        behaviour.onExec?.(command, signals);
        runCommand(client, accept(), command, behaviour, state);
      });
      session.on('sftp', (accept, reject) => {
        if (behaviour.sftp) serveSftp(accept());
        else reject();
      });
    }),
  );
}

type MethodName = 'password' | 'publickey' | 'keyboard-interactive';

function methods(behaviour: Behaviour): MethodName[] {
  const names: MethodName[] = [];
  if (behaviour.publicKey !== undefined || behaviour.anyKey) names.push('publickey');
  if (behaviour.password !== undefined)
    names.push(behaviour.keyboardOnly ? 'keyboard-interactive' : 'password');
  return names;
}

async function allowed(context: AuthContext, behaviour: Behaviour): Promise<boolean> {
  if (context.username !== behaviour.user) return false;
  switch (context.method) {
    case 'password':
      return !behaviour.keyboardOnly && context.password === behaviour.password;
    case 'keyboard-interactive': {
      if (!behaviour.keyboardOnly) return false;
      const answers = await new Promise<string[]>((resolve) =>
        context.prompt([{ prompt: 'Password: ', echo: false }], resolve),
      );
      return answers[0] === behaviour.password;
    }
    case 'publickey': {
      const key = behaviour.anyKey
        ? utils.parseKey(`${context.key.algo} ${context.key.data.toString('base64')}`)
        : behaviour.publicKey !== undefined && utils.parseKey(behaviour.publicKey);
      if (!key || key instanceof Error || !key.getPublicSSH().equals(context.key.data)) return false;
      // The first request of two asks only whether the key would do.
      if (context.signature === undefined) return behaviour.refusals === 0;
      return key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo);
    }
    default:
      return false;
  }
}

function runCommand(
  client: Connection,
  channel: ServerChannel,
  command: string,
  behaviour: Behaviour,
  state: { running: number },
): void {
  if (behaviour.dropOn !== undefined && command.includes(behaviour.dropOn)) {
    client.end();
    return;
  }
  const child = spawn('/bin/sh', ['-c', behaviour.rewrite?.(command) ?? command], {
    env: { ...process.env, ...(behaviour.path === undefined ? {} : { PATH: behaviour.path }) },
    detached: true,
  });
  state.running++;
  channel.pipe(child.stdin);
  // Either end may go away before the other.
  child.stdin.on('error', () => {});
  channel.on('error', () => {});
  channel.stderr.on('error', () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on('close', () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  });
  child.on('close', (status, name) => {
    state.running--;
    if (status !== null) channel.exit(status);
    else channel.exit((name ?? 'SIGKILL').replace('SIG', ''));
    channel.end();
  });
}

/** As much of an SFTP server as uploads and downloads need. */
function serveSftp(sftp: SFTPWrapper): void {
  const { STATUS_CODE: code, flagsToString } = utils.sftp;
  const open = new Map<number, number>();
  let next = 0;
  const attempt = (id: number, action: () => void) => {
    try {
      action();
    } catch (error) {
      sftp.status(id, (error as NodeJS.ErrnoException).code === 'ENOENT' ? code.NO_SUCH_FILE : code.FAILURE);
    }
  };
  const fd = (handle: Buffer) => open.get(handle.readUInt32BE()) ?? -1;
  const stat = (id: number, path: string) =>
    attempt(id, () => {
      const { mode, uid, gid, size, atimeMs, mtimeMs } = statSync(path);
      sftp.attrs(id, { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 });
    });
  sftp.on('OPEN', (id, path, flags, attributes) =>
    attempt(id, () => {
      open.set(++next, openSync(path, flagsToString(flags) ?? 'r', attributes.mode));
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(next);
      sftp.handle(id, handle);
    }),
  );
  sftp.on('WRITE', (id, handle, offset, data) =>
    attempt(id, () => {
      writeSync(fd(handle), data, 0, data.length, offset);
      sftp.status(id, code.OK);
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    attempt(id, () => {
      const data = Buffer.alloc(length);
      const count = readSync(fd(handle), data, 0, length, offset);
      if (count === 0) sftp.status(id, code.EOF);
      else sftp.data(id, data.subarray(0, count));
    }),
  );
  sftp.on('FSETSTAT', (id, handle, attributes) =>
    attempt(id, () => {
      fchmodSync(fd(handle), attributes.mode);
      sftp.status(id, code.OK);
    }),
  );
  sftp.on('CLOSE', (id, handle) =>
    attempt(id, () => {
      closeSync(fd(handle));
      sftp.status(id, code.OK);
    }),
  );
  sftp.on('MKDIR', (id, path) =>
    attempt(id, () => {
      mkdirSync(path);
      sftp.status(id, code.OK);
    }),
  );
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (id, handle) =>
    attempt(id, () => {
      const { mode, uid, gid, size } = fstatSync(fd(handle));
      sftp.attrs(id, { mode, uid, gid, size, atime: 0, mtime: 0 });
    }),
  );
}
