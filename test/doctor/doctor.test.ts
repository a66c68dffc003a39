import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { styleOf } from '../../src/cli/view/style.ts';
import { doctorText } from '../../src/cli/view/doctor-text.ts';
import { type Check, CHECKS, type CheckName } from '../../src/doctor/check.ts';
import { examine } from '../../src/doctor/doctor.ts';
import { hostProbe } from '../../src/doctor/probe.ts';
import { findProgram } from '../../src/lib/process/find-program.ts';
import { FOLDER, recordedHost } from './recorded-host.ts';

const HOSTS = readdirSync(FOLDER).flatMap((name) => /^(.*)\.yaml$/.exec(name)?.[1] ?? []);

describe('recorded hosts', () => {
  for (const name of HOSTS) {
    test(name, async () => {
      const { probe, examination } = recordedHost(name);
      const checks = await examine(probe, examination);
      const text = `${doctorText(checks, examination.hypervisor, styleOf(false))}\n`;
      const file = `${FOLDER}/${name}.txt`;
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
      assert.equal(text, readFileSync(file, 'utf8'), `differs from ${file}`);
      const isFine = checks.every(({ state }) => state === 'ok');
      assert.equal(isFine, /-(healthy|alone)$/.test(name));
      for (const check of checks) assertUseful(check);
    });
  }

  test('together they show every check going wrong', async () => {
    const wrong = new Set<CheckName>();
    for (const host of HOSTS) {
      const { probe, examination } = recordedHost(host);
      for (const { name, state } of await examine(probe, examination)) if (state !== 'ok') wrong.add(name);
    }
    assert.deepEqual([...wrong].sort(), Object.keys(CHECKS).sort());
  });

  test('only questions are asked: no program gets more than what makes it tell something', async () => {
    const harmless = [
      /^uname -r$/,
      /^id -(u|un|Gn)$/,
      /^\S*vmctl status$/,
      /^\S*vmctl start -p 1$/,
      /^sysctl -n [a-z.]+$/,
      /^pfctl -s rules$/,
      /^ifconfig tap$/,
      /^mount$/,
      /^df -k -P \S+$/,
      /^\S+ --version$/,
      /^\/\S+$/,
    ];
    for (const name of HOSTS) {
      const { probe, examination, asked } = recordedHost(name);
      await examine(probe, examination);
      const unusual = [...asked].filter((line) => !harmless.some((pattern) => pattern.test(line)));
      assert.deepEqual(unusual, [], name);
    }
  });
});

/** What is wrong says why, and what to do about it. */
function assertUseful({ state, text, why, remedies = [] }: Check): void {
  assert.match(text, /[.)]$/);
  if (state === 'failed') {
    assert.ok(why !== undefined && why !== '', text);
    assert.ok(remedies.length > 0, text);
  }
  for (const remedy of remedies) {
    assert.match(remedy.text, (remedy.lines ?? []).length > 0 ? /[:.]$/ : /[.)?"n:]$/, remedy.text);
  }
}

test('docs/diagnostics.md documents each check, as validate -host reports it', () => {
  const documented = [
    ...readFileSync('docs/diagnostics.md', 'utf8').matchAll(/^\| `host-([a-z0-9-]+)` \|/gm),
  ];
  assert.deepEqual(documented.map(([, name = '']) => name).sort(), Object.keys(CHECKS).sort());
});

const qemu = findProgram('qemu-system-x86_64') !== undefined && findProgram('qemu-img') !== undefined;
test('the real probes on this machine', { skip: qemu ? false : 'QEMU is not installed' }, async () => {
  const probe = hostProbe({ env: process.env, cwd: process.cwd(), signal: AbortSignal.timeout(60_000) });
  const checks = await examine(probe, { hypervisor: 'qemu', subjects: [], search: {} });
  const states = new Map(checks.map(({ name, state }) => [name, state]));
  assert.deepEqual([...states.keys()], ['qemu', 'qemu-img', 'accelerator', 'disk-space']);
  assert.equal(states.get('qemu'), 'ok');
  assert.equal(states.get('qemu-img'), 'ok');
  assert.match(String(states.get('accelerator')), /^(ok|warning)$/);
  assert.notEqual(states.get('disk-space'), 'unknown');
});
