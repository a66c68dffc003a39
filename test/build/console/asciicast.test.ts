// Recordings of the console: asciicast v2, as https://docs.asciinema.org/manual/asciicast/v2/ describes it.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeHypervisor } from '../fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from '../harness.ts';

interface Cast {
  readonly header: Record<string, unknown>;
  readonly times: readonly number[];
  /** What a player would show. */
  readonly text: string;
}

/** Reads a recording as a player does; whatever is not as the format says fails the test. */
function parseCast(file: string): Cast {
  assert.ok(file.endsWith('\n'), 'ends with a whole line');
  const [first, ...lines] = file.slice(0, -1).split('\n');
  const header = JSON.parse(first!) as Record<string, unknown>;
  const events = lines.map((line) => JSON.parse(line) as [number, string, string]);
  for (const event of events) {
    assert.equal(event.length, 3);
    assert.equal(event[1], 'o', 'only output is recorded');
  }
  const times = events.map(([time]) => time);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  return { header, times, text: events.map(([, , text]) => text).join('') };
}

const password = 'correct horse';

test('each boot has a recording that replays its part of the transcript, without secrets', async (t) => {
  const folder = await temporaryFolder(t);
  const word = Buffer.from('Größe');
  const hypervisor = new FakeHypervisor({
    install: async (machine) => {
      await writeFile(machine.spec.disk.path, 'installed');
      machine.print('\x1b[2JWelcome, ');
      // A character and a secret that are cut by the ends of chunks.
      machine.print(word.subarray(0, 3));
      machine.print(word.subarray(3));
      machine.print(` "${password.slice(0, 6)}`);
      machine.print(`${password.slice(6)}"\r\n`);
      writeFileSync(machine.spec.disk.path, 'installed');
      machine.powerOff();
    },
    provision: (machine) => machine.print('login: '),
  });
  const plan = makePlan(folder, {
    config: { boot_command: '' },
    ssh: { ssh_password: password },
    plan: { provisioners: [provisioner('sleep', { duration: '1ms' })] },
  });
  const before = Date.now() / 1000;
  const { result } = await run(plan, hypervisor);
  assert.equal(result.outcome, 'success', result.failure?.message);

  const [install, provision] = await Promise.all(
    ['install', 'provision'].map(async (boot) => {
      const path = join(folder, `log/web1-${boot}.cast`);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      return parseCast(await readFile(path, 'utf8'));
    }),
  );
  assert.deepEqual([install?.text, provision?.text], ['\x1b[2JWelcome, Größe "<sensitive>"\r\n', 'login: ']);
  const transcript = await readFile(join(folder, 'log/web1.log'), 'utf8');
  assert.equal(transcript.replaceAll(/^--- .* ---\r\n/gm, ''), `${install?.text}${provision?.text}`);

  const { timestamp, ...rest } = install!.header;
  assert.deepEqual(rest, { version: 2, width: 80, height: 24, title: 'web1, installation' });
  assert.ok(Number.isInteger(timestamp) && (timestamp as number) >= Math.floor(before));
  assert.equal(provision?.header['title'], 'web1, installed system');
  assert.ok(install!.times.every((time) => time >= 0 && time < 60));
});

test('what has been printed is in the file while the machine runs, so that a killed build leaves a recording', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'log/web1-install.cast');
  let seen = '';
  const hypervisor = new FakeHypervisor({
    install: async (machine) => {
      machine.print('>> OpenBSD/amd64 BOOT 3.67\r\n');
      machine.print('boot> ');
      while (!seen.includes('boot> ')) seen = await readFile(path, 'utf8').catch(() => '');
      machine.powerOff();
    },
  });
  await run(makePlan(folder, { config: { boot_command: '' } }), hypervisor);
  assert.equal(parseCast(seen).text, '>> OpenBSD/amd64 BOOT 3.67\r\nboot> ');
});

test('recordings of the build before do not stay beside a new transcript', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'log'));
  await writeFile(join(folder, 'log/web1-provision.cast'), 'old');
  await writeFile(join(folder, 'log/web1-mine.cast'), 'of somebody else');
  await run(makePlan(folder), new FakeHypervisor());
  assert.ok(!existsSync(join(folder, 'log/web1-provision.cast')));
  assert.ok(existsSync(join(folder, 'log/web1-mine.cast')));
});

test('a recording that cannot be written is told, and costs nothing else', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'log/web1-install.cast'), { recursive: true });
  const { result, events } = await run(makePlan(folder), new FakeHypervisor());
  assert.equal(result.outcome, 'success', result.failure?.message);
  const errors = events.flatMap((event) => (event.type === 'error' ? [event.text] : []));
  assert.equal(errors.length, 1);
  assert.match(errors[0]!, /^The recording of the console is incomplete: EISDIR.*web1-install\.cast'\.$/);
  assert.match(await readFile(join(folder, 'log/web1.log'), 'utf8'), /installing/);
});
