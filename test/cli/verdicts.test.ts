import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BuildFailure, BuildResult } from '../../src/build/result.ts';
import type { Evidence } from '../../src/build/verdict/evidence.ts';
import { RULES, verdictOf } from '../../src/build/verdict/verdict.ts';
import { failureReport, failureReports } from '../../src/cli/view/failure-report.ts';
import { makePlan } from '../build/harness.ts';
import { assertGolden } from './golden.ts';

const source = makePlan('/builds', { config: { http_directory: '/builds/http', boot_wait: 10_000 } }).source;
const url = 'http://100.64.1.2:8123';
const served = { url, requests: 0, fetched: 0, neverFetched: ['/install.conf'], notFound: [] };
const state = (
  stage: NonNullable<Evidence['ssh']>['stage'],
  text: string,
  more: object = {},
): Pick<Evidence, 'ssh' | 'step'> => ({
  step: 'connect',
  ssh: { type: 'ssh-state', host: '100.64.1.3', port: 22, stage, text, ...more },
});
const script = (line: string, status = 1): Partial<Evidence> => ({
  step: 'provision',
  message: `The inline script ended with exit status ${status}.`,
  output: { of: 'the provisioner shell', lines: ['+ step one', line] },
  commandEnd: { status },
});
const playbook = (...lines: string[]): Partial<Evidence> => ({
  step: 'provision',
  message: 'ansible-playbook failed with exit status 2.',
  output: { of: 'the provisioner ansible', lines: ['', ...lines] },
});
const booted = ['OpenBSD/amd64 (web1) (tty00)', '', 'login: '];

/** What a build has seen, with the rule that must recognise it. */
const CASES: readonly (readonly [rule: string | undefined, evidence: Partial<Evidence>])[] = [
  ['host-disk-full', { step: 'disk', message: 'write ENOSPC', codes: ['ENOSPC'], console: undefined }],
  ['guest-disk-full', script('/usr: write failed, file system is full')],
  ['guest-out-of-memory', { console: ['[  12.3] Out of memory: Killed process 71 (dpkg)'] }],
  [
    'http-client-refused',
    { http: { ...served, requests: 2 }, refusedClients: ['192.0.2.7'], console: ['fetching'] },
  ],
  [
    'http-wrong-path',
    { http: { ...served, requests: 1, notFound: [{ path: '/instal.conf', nearest: '/install.conf' }] } },
  ],
  [
    'http-not-found',
    { http: { ...served, neverFetched: [], requests: 1, notFound: [{ path: '/preseed.cfg' }] } },
  ],
  ['http-unreachable', { http: served, console: [`boot: install url=${url}/install.conf`, 'no link'] }],
  ['http-unreachable', { http: served, hypervisor: 'vmctl', console: [`Response file location? ${url}/x`] }],
  ['http-never-asked', { http: served, console: ['boot>'] }],
  [
    'install-unfinished',
    {
      cancelled: true,
      message: 'The build was ended by SIGTERM.',
      http: { ...served, requests: 3, fetched: 1, neverFetched: [] },
      silence: 840_000,
      console: ['Allow root ssh login? (yes, no, prohibit-password) [no]'],
    },
  ],
  ['ssh-no-console', { ...state('tcp', 'no answer'), console: [] }],
  [
    'ssh-connection-refused',
    { ...state('tcp', 'connection refused: nothing listens on the port yet'), console: booted },
  ],
  ['ssh-no-network', { ...state('tcp', 'no answer'), console: booted }],
  [
    'ssh-no-answer',
    { ...state('banner', 'connected, but no SSH banner came'), console: ['starting network'] },
  ],
  [
    'ssh-login-refused',
    {
      ...state('authentication', 'user "root" was refused (the server offers publickey)', {
        offered: ['publickey'],
        tried: [],
      }),
      console: booted,
    },
  ],
  [
    'ssh-login-refused',
    {
      ...state('authentication', 'user "root" was refused', {
        offered: ['publickey', 'password'],
        tried: ['password'],
      }),
      console: booted,
    },
  ],
  ['ssh-handshake', { ...state('handshake', 'no matching host key type'), console: booted }],
  ['no-privileges', script('sudo: a password is required')],
  ['guest-no-dns', script('ftp: cdn.openbsd.org: no address associated with name')],
  ['guest-no-dns', { ...script('curl: (6) Could not resolve host: x'), hypervisor: 'vmctl' }],
  ['guest-no-route', { ...script('ping: connect: Network is unreachable'), hypervisor: 'vmctl' }],
  ['command-not-found', script('sh: pkg: not found', 127)],
  ['script-not-executable', script('sh: /tmp/script_1.sh: Permission denied', 126)],
  ['provisioner-failed', script('something else')],
  // As ansible-core 2.14 says it.
  ['ansible-locale', playbook('ERROR: Ansible requires the locale encoding to be UTF-8; Detected None.')],
  [
    'ansible-no-sshpass',
    playbook(
      `fatal: [default]: FAILED! => {"msg": "to use the 'ssh' connection type with passwords or pkcs11_provider, you must install the sshpass program"}`,
    ),
  ],
  [
    'ansible-no-python',
    playbook(
      'TASK [Gathering Facts] *****',
      'fatal: [default]: FAILED! => {"changed": false, "failed_modules": {"ansible.legacy.setup": {"module_stdout": "/bin/sh: /usr/bin/python: not found\\r\\n", "rc": 127}}, "msg": "The following modules failed to execute: ansible.legacy.setup\\n"}',
    ),
  ],
  [
    'ansible-unreachable',
    playbook(
      'TASK [who] *****',
      `fatal: [web]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: Warning: Permanently added '[127.0.0.1]:2299' (ED25519) to the list of known hosts.\\r\\nroot@127.0.0.1: Permission denied (publickey,password).", "unreachable": true}`,
    ),
  ],
  [
    'ansible-task-failed',
    playbook(
      'TASK [web : install [the] server] *****',
      'fatal: [default]: FAILED! => {"changed": true, "msg": "non-zero return code", "rc": 3, "stdout": "no such package\\r\\n"}',
      'PLAY RECAP *****',
      'default                    : ok=0    changed=0    unreachable=0    failed=1',
    ),
  ],
  ['ansible-refused', playbook('ERROR! Syntax Error while loading YAML.', "  could not find expected ':'")],
  ['provisioner-failed', playbook('something else')],
  // Nothing that a rule knows: what the step itself says to do.
  [
    undefined,
    { step: 'shutdown', message: 'The machine did not power off within 300 s (shutdown_timeout).' },
  ],
];

function failed(
  evidence: Partial<Evidence>,
  name: string,
): { rule?: string; build: BuildResult; failure: BuildFailure } {
  const full: Evidence = {
    step: 'install',
    cancelled: false,
    message: 'The machine died during the installation.',
    codes: [],
    source,
    hypervisor: 'qemu',
    console: ['CDBOOT 3.65'],
    refusedClients: [],
    ...evidence,
  };
  const verdict = verdictOf(full);
  const { step, message, http, ssh, output, console } = full;
  const failure: BuildFailure = {
    step,
    message,
    hint: 'See the console log.',
    origin: source.origin,
    consoleTail: console,
    consoleLog: console && '/builds/log/web1.log',
    http,
    ssh,
    output,
    verdict,
    dossier: '/builds/log/web1-failure',
    leftBehind: [],
  };
  const outcome = full.cancelled ? 'cancelled' : 'failure';
  const build: BuildResult = { name, outcome, duration: 61_000, steps: [], artifacts: [], failure };
  return { rule: verdict?.rule, build, failure };
}

test('each rule recognises its evidence, and the report fits on a screen', () => {
  let text = '';
  for (const [expected, evidence] of CASES) {
    const { rule, build, failure } = failed(evidence, 'vmm.web');
    assert.equal(rule, expected, JSON.stringify(evidence));
    const report = failureReport(build, failure);
    const rows = report.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 80)), -1);
    assert.ok(rows <= 24, `${rows} rows:\n${report}`);
    text += `===== ${rule ?? '(no rule)'}\n${report}`;
  }
  assertGolden('verdicts.txt', text);
  const covered = new Set(CASES.map(([name]) => name));
  assert.deepEqual(
    RULES.map(({ name }) => name).filter((name) => !covered.has(name)),
    [],
  );
});

test('a build that is well otherwise is not misread', () => {
  const cases: Partial<Evidence>[] = [
    // OpenBSD asks for the file of its MAC address first.
    {
      http: {
        ...served,
        requests: 2,
        fetched: 1,
        neverFetched: [],
        notFound: [{ path: '/52:54-install.conf' }],
      },
    },
    { ...state('connected', 'logged in'), step: 'provision', message: 'x' },
    { step: 'shutdown', console: booted },
  ];
  for (const evidence of cases) assert.equal(failed({ ...evidence }, 'x').rule, undefined);
});

test('long evidence is cut, not the advice; of many failed builds the later ones are told in short', () => {
  const many = Array.from({ length: 60 }, (_, index) => `${index} ${'x'.repeat(100)}`);
  const { build, failure } = failed(
    {
      ...script('sudo: a password is required'),
      output: { of: 'the provisioner shell', lines: [...many, 'sudo: a password is required'] },
    },
    'vmm.long',
  );
  const report = failureReport(build, failure);
  assert.ok(report.split('\n').length < 24);
  assert.match(report, /\| sudo: a password is required\n/);
  assert.match(report, /^Next: /m);
  const builds = ['a', 'b', 'c', 'd', 'e'].map(
    (name) => failed(script('something else'), `vmm.${name}`).build,
  );
  assertGolden('verdicts-many.txt', failureReports(builds).join('\n'));
});
