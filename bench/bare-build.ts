// The least that a build can take: the same installation and second boot as a plain script would do them, typing at the
// moment the CD is ready and connecting at the moment sshd answers.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientChannel } from 'ssh2';

export interface BareBuild {
  readonly folder: string;
  readonly iso: string;
  /** Content of the answer file. */
  readonly answers: string;
  readonly password: string;
  /** What the one provisioner runs. */
  readonly command: string;
}

/** Installs, boots the disk, runs the command over SSH, powers off. Resolves when the second QEMU has ended. */
export async function buildByHand(build: BareBuild): Promise<void> {
  const disk = join(build.folder, 'bare.qcow2');
  rmSync(disk, { force: true });
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', disk, '1G']);
  const http = createHttpServer((_, response) => response.end(build.answers));
  const [webPort, sshPort] = [await listen(http), await freePort()];
  await install(build, disk, sshPort, `http://100.64.1.2:${webPort}/answers.txt`);
  http.close();
  http.closeAllConnections();
  await provision(build, disk, sshPort);
}

async function install(build: BareBuild, disk: string, sshPort: number, url: string): Promise<void> {
  const machine = await start(build.folder, disk, sshPort, build.iso);
  await seen(machine.serial, 'boot:');
  for (const character of `install autoinstall=${url}\r`) await typed(machine.serial, character);
  await machine.ended;
}

async function provision(build: BareBuild, disk: string, sshPort: number): Promise<void> {
  const machine = await start(build.folder, disk, sshPort);
  await seen(machine.serial, 'login:');
  const client = await login(sshPort, build.password);
  await execute(client, build.command);
  // The connection dies with the machine.
  client.on('error', () => {});
  await execute(client, 'poweroff');
  await machine.ended;
  client.destroy();
}

interface Bare {
  readonly serial: Socket;
  readonly ended: Promise<void>;
}

/** The virtual hardware is that of our qemu driver. */
async function start(folder: string, disk: string, sshPort: number, iso?: string): Promise<Bare> {
  const socketPath = join(folder, 'bare.sock');
  rmSync(socketPath, { force: true });
  const com0 = createServer().listen(socketPath);
  await once(com0, 'listening');
  const cd = ['-drive', `file=${iso},if=none,id=cd0,format=raw,media=cdrom,readonly=on`];
  const scsi = [
    '-device',
    'virtio-scsi-pci',
    '-device',
    'scsi-cd,drive=cd0',
    '-boot',
    'order=c,once=d',
    '-no-reboot',
  ];
  const network = 'user,id=net0,net=100.64.1.0/24,host=100.64.1.2,dhcpstart=100.64.1.3,dns=100.64.1.1';
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-nodefaults', '-display', 'none', '-machine', 'pc,graphics=off', '-accel', 'tcg', '-cpu', 'max'],
      ...['-m', '256M', '-device', 'virtio-rng-pci'],
      ...['-drive', `file=${disk},if=none,id=disk0,format=qcow2,cache=unsafe,discard=unmap`],
      ...['-device', 'virtio-blk-pci,drive=disk0'],
      ...(iso === undefined ? [] : [...cd, ...scsi]),
      ...['-netdev', `${network},hostfwd=tcp:127.0.0.1:${sshPort}-:22`],
      ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
      ...['-chardev', `socket,id=com0,path=${socketPath}`, '-serial', 'chardev:com0'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(qemu, 'exit').then(([status]) => {
    if (status !== 0) throw new Error(`QEMU ended with ${String(status)}.`);
  });
  // Whoever awaits `ended` later gets the failure too.
  ended.catch(() => {});
  const [serial] = (await Promise.race([once(com0, 'connection'), ended.then(() => [])])) as [Socket?];
  com0.close();
  if (serial === undefined) throw new Error('QEMU ended before it began.');
  return { serial: serial.on('error', () => {}), ended };
}

/** Resolves when the console has shown `text`. What comes later is read and dropped. */
function seen(serial: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    serial.setEncoding('latin1').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes(text)) resolve();
    });
    serial.on('close', () => reject(new Error(`The console ended without "${text}": ${output}`)));
  });
}

/** The firmware and the boot loader both listen, and lose keys that come faster than they echo them. */
async function typed(serial: Socket, character: string): Promise<void> {
  const limit = AbortSignal.timeout(5000);
  let output = '';
  const listener = (chunk: string): void => void (output += chunk);
  serial.on('data', listener);
  serial.write(character);
  try {
    do await once(serial, 'data', { signal: limit });
    while (character !== '\r' && !output.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').includes(character));
  } finally {
    serial.off('data', listener);
  }
}

async function login(port: number, password: string): Promise<Client> {
  for (;;) {
    if (await bannerComes(port)) break;
    await delay(50);
  }
  const client = new Client();
  const ready = once(client, 'ready');
  client.connect({ host: '127.0.0.1', port, username: 'root', password });
  await ready;
  return client;
}

/** QEMU accepts at once, and an early connection only wakes up seconds after sshd: better to give it up and come again. */
function bannerComes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1000, () => done(false));
    socket
      .on('data', () => done(true))
      .on('error', () => done(false))
      .on('close', () => done(false));
  });
}

async function execute(client: Client, command: string): Promise<void> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(command, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  channel.resume();
  channel.stderr.resume();
  await once(channel, 'close');
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  return port;
}
