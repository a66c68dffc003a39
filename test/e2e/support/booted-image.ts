import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientChannel } from 'ssh2';

/** A finished image, booted by plain QEMU without our program; the image itself stays as it is. */
export class BootedImage {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Boots the image with so many MB and waits, at most so many seconds, until root can log in over SSH. It ends with the test. */
  static async boot(
    context: TestContext,
    image: string,
    proof: string | { readonly privateKey: string },
    { memory = 256, seconds = 120 }: { readonly memory?: number; readonly seconds?: number } = {},
  ): Promise<BootedImage> {
    const port = await freePort();
    const qemu = spawn(
      'qemu-system-x86_64',
      [
        ...[
          '-accel',
          'tcg',
          '-m',
          String(memory),
          '-display',
          'none',
          '-snapshot',
          '-device',
          'virtio-rng-pci',
        ],
        ...['-drive', `file=${image},if=virtio,format=qcow2`],
        ...['-nic', `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${port}-:22`],
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    context.after(() => qemu.kill('SIGKILL'));
    const client = await login(qemu, port, typeof proof === 'string' ? { password: proof } : proof, seconds);
    context.after(() => client.end());
    return new BootedImage(client);
  }

  /** Runs a command and resolves with what it printed. @throws Error when its status is not 0. */
  async run(command: string): Promise<string> {
    const stream = await new Promise<ClientChannel>((resolve, reject) => {
      this.#client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
    });
    let output = '';
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    stream.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [status] = (await once(stream, 'close')) as [number];
    if (status !== 0) throw new Error(`"${command}" ended with ${status}: ${output}`);
    return output;
  }
}

type Proof = { readonly password: string } | { readonly privateKey: string };

async function login(qemu: ChildProcess, port: number, proof: Proof, seconds: number): Promise<Client> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    if (qemu.exitCode !== null)
      throw new Error(`QEMU ended with ${qemu.exitCode} instead of booting the image.`);
    try {
      return await connect(port, proof);
    } catch (error) {
      if (performance.now() > end) throw error;
      await delay(500);
    }
  }
}

async function connect(port: number, proof: Proof): Promise<Client> {
  const client = new Client();
  const ready = once(client, 'ready');
  // QEMU accepts the connection at once and the guest answers late: better to come again than to wait.
  client.connect({ host: '127.0.0.1', port, username: 'root', ...proof, readyTimeout: 5000 });
  try {
    await ready;
    // A machine that is killed under it is the ordinary end of a test.
    client.on('error', () => {});
    return client;
  } catch (error) {
    client.on('error', () => {}).destroy();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
