// What becomes of the work when a step fails: each value of -on-error, and each step.
import assert from 'node:assert/strict';
import type { CliRun } from '../support/cli.ts';
import { assertNoProcess, type Cell } from './cell.ts';
import type { Place, Setting } from './place.ts';

interface Failure extends Setting {
  readonly step: string;
  /** Where it may fail as well, by a hair. */
  readonly alias?: string;
  readonly says: RegExp;
  /** What exists when the step fails. */
  readonly machine?: boolean;
  readonly disk?: boolean;
  /** The guest can be reached. */
  readonly reachable?: boolean;
}

const CLEANUP = '  error-cleanup-provisioner "shell-local" {\n    inline = ["echo cleanup > cleaned"]\n  }\n';
const INSTALL_ONLY = { communicator: 'none' } as const;

const FAILURES: readonly Failure[] = [
  {
    step: 'disk',
    source: { build: CLEANUP },
    scenario: { rules: [{ command: 'create', exit: 1 }] },
    says: /could not be created/,
  },
  {
    step: 'start (install)',
    source: { build: CLEANUP },
    scenario: { rules: [{ command: 'start', stderr: 'vmctl: invalid template\n', exit: 1 }] },
    says: /knows no template/,
    disk: true,
  },
  {
    step: 'http server',
    source: { ...INSTALL_ONLY, source: { http_bind_address: '203.0.113.7' } },
    says: /no such address/,
    disk: true,
    machine: true,
  },
  {
    step: 'install',
    alias: 'install|boot command',
    source: INSTALL_ONLY,
    scenario: { guest: { pace: 60_000, text: '\r\nAutopartitioning failed.\r\n' } },
    says: /could not partition/,
    disk: true,
    machine: true,
  },
  {
    step: 'connect',
    source: { source: { ssh_handshake_attempts: 1 }, build: CLEANUP },
    ssh: { password: 'another one' },
    says: /SSH login/,
    disk: true,
    machine: true,
  },
  {
    step: 'provision',
    source: { shell: { inline: ['exit 7'] }, build: CLEANUP },
    says: /exit status 7/,
    disk: true,
    machine: true,
    reachable: true,
  },
  {
    step: 'shutdown',
    source: { source: { shutdown_command: 'true', shutdown_timeout: '1s' }, build: CLEANUP },
    says: /did not power off/,
    disk: true,
    machine: true,
    reachable: true,
  },
];

/** The machine and the disk are there and told of, nothing else is, and they can be removed as it was told. */
function keeps({ machine = false, disk = false }: Failure) {
  return async (place: Place, run: CliRun, said: string): Promise<void> => {
    const partials = place.workspace.list().filter((name) => /^out\/\.web\.partial-/.test(name));
    assert.equal(partials.length, disk ? 1 : 0, said);
    for (const name of partials)
      assert.ok(said.includes(place.path(name)), `${name} is not told of: ${said}`);
    assert.equal(/the running machine web \(stop it with: vmctl stop -f web/.test(said), machine, said);
    const left = place
      .leftovers('none')
      .filter((line) => !/^out\/\.web\.|^state\/vmm-hcl\/journal\//.test(line));
    assert.deepEqual(left, machine ? ['vmd still has machine 3'] : [], said);
    await assertNoProcess(run, /machine\.mjs/, said);
  };
}

function cell(failure: Failure, policy: string): Cell {
  const { step, alias, says, machine = false, disk = false, reachable = false, ...setting } = failure;
  const cleans = policy === 'cleanup';
  const runsCleanup = reachable && policy !== 'abort';
  return {
    name: `-on-error=${policy} when step "${step}" fails`,
    ...setting,
    flags: [`-on-error=${policy}`],
    says: [says, new RegExp(`failed in step "(${(alias ?? step).replace(/[()]/g, '\\$&')})"`)],
    ...(cleans || !(machine || disk) ? {} : { stays: keeps(failure) }),
    after: (place) => {
      const ran = place.workspace.read('cleaned') !== '';
      assert.equal(ran, runsCleanup, 'the error-cleanup-provisioner');
    },
  };
}

export const POLICY_CELLS: readonly Cell[] = [
  ...['cleanup', 'abort', 'run-cleanup-provisioner'].flatMap((policy) =>
    FAILURES.map((failure) => cell(failure, policy)),
  ),
  {
    name: '-on-error=ask without a terminal',
    source: INSTALL_ONLY,
    flags: ['-on-error=ask'],
    says: [/-on-error=ask needs a terminal/],
    isEarly: true,
  },
  ...['abort', 'run-cleanup-provisioner'].map((policy): Cell => ({
    name: `-on-error=${policy} and Ctrl-C: a cancelled build is always cleaned up`,
    source: INSTALL_ONLY,
    flags: [`-on-error=${policy}`],
    scenario: { guest: { pace: 600_000 } },
    meanwhile: async (run) => {
      await run.until('the installer works', () => run.stdout.includes('Waiting for the installation'));
      run.interrupt();
    },
    says: [/was cancelled in step "install"/],
  })),
];
