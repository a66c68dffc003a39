// Each command that the vmctl driver runs, and each way in which it can go wrong.
import assert from 'node:assert/strict';
import type { CliRun } from '../support/cli.ts';
import { assertNoProcess, type Cell } from './cell.ts';
import type { Place } from './place.ts';
import type { Source } from './template.ts';

type Rule = Readonly<Record<string, unknown>>;

/** The ways to go wrong that every command has. */
const FAULTS = {
  'fails without a word': { exit: 1 },
  hangs: { hang: true },
  'hangs and ignores SIGTERM': { hang: true, stubborn: true },
  'is killed': { delay: 60_000, dieAfter: 100 },
  'prints garbage': { stdout: '<html>\u0007garbage</html>\n', exit: 0 },
  'prints garbage and fails': { stderr: 'Segmentation fault\n', exit: 139 },
  'prints half a line and ends': { stdout: '   ID   PID VCPUS  MAX', stderr: 'vmctl: hal', exit: 0 },
  'answers slowly': { delay: 1200 },
} as const;
type Fault = keyof typeof FAULTS;

/** The build ends with its installation: enough for everything before. */
const INSTALL_ONLY: Source = { communicator: 'none' };
/** Seconds after which a question counts as hanging: far above what it takes on a busy machine, since it costs only waiting. */
const PATIENCE = 3;
/** Hanging is noticed soon. The other limits are multiples of this one. */
const IMPATIENT = { env: { VMM_HCL_VMCTL_TIMEOUT: `${PATIENCE}s` }, isIdle: true } as const;
const NO_START = new RegExp(`vmd\\(8\\) did not start the virtual machine web within ${4 * PATIENCE} s`);
const NO_ADDRESS = new RegExp(
  `The tap interface of the virtual machine web got no address within ${2 * PATIENCE} s[^]*vm3-if0`,
);
const HANGING = /did not end within \d+ s and was stopped[^]*vmd\(8\) does not answer.*rcctl restart vmd/;
const KILLED = /was ended by SIGKILL[^]*\/var\/log\/daemon/;

type Outcome = 'works' | RegExp | readonly RegExp[];

interface Command {
  /** What the command is for, such as "status, before anything". */
  readonly name: string;
  readonly rule: Rule;
  /** Rules for other commands, which apply always. */
  readonly others?: readonly Rule[];
  readonly faults: Partial<Record<Fault, Outcome | null>>;
  readonly cell: Omit<Cell, 'name'>;
  readonly guest?: object;
}

function cellsOf({ name, rule, others = [], faults, cell, guest }: Command): Cell[] {
  return Object.entries(faults).flatMap(([fault, outcome]) =>
    outcome === null
      ? []
      : [
          {
            ...(fault.startsWith('hangs') ? IMPATIENT : {}),
            ...cell,
            ...expectation(outcome),
            name: `vmctl ${name} ${fault}`.replace('vmctl ifconfig', 'ifconfig'),
            scenario: { ...cell.scenario, guest, rules: [...others, { ...rule, ...FAULTS[fault as Fault] }] },
          },
        ],
  );
}

function expectation(outcome: Outcome): Pick<Cell, 'status' | 'says'> {
  if (outcome === 'works') return { status: 0 };
  return { status: 1, says: outcome instanceof RegExp ? [outcome] : outcome };
}

const UNKNOWN_STATE = /The state of (vmd\(8\)|the virtual machine web) is unknown/;

/** The build looks again, or somebody else tells it what it wanted to know. */
const HARMLESS = Object.fromEntries(Object.keys(FAULTS).map((fault) => [fault, 'works'] as const)) as Record<
  Fault,
  Outcome
>;

/** A question about one machine, to which no answer is no. */
const LOOK_AT_NAME: Command['faults'] = {
  hangs: HANGING,
  'is killed': KILLED,
  'prints garbage': UNKNOWN_STATE,
  'prints half a line and ends': UNKNOWN_STATE,
  'answers slowly': 'works',
};

/** Before anything is made: is vmd there, and the name free? */
const PROBES: readonly Command[] = [
  {
    name: 'status, to see whether vmd answers,',
    rule: { command: 'status', times: 1 },
    cell: { source: INSTALL_ONLY },
    faults: {
      // That is how vmctl may say that there is no machine.
      'fails without a word': 'works',
      hangs: HANGING,
      'hangs and ignores SIGTERM': HANGING,
      'is killed': KILLED,
      'prints garbage': [UNKNOWN_STATE, /vmctl said: .*garbage/],
      'prints garbage and fails': [UNKNOWN_STATE, /Segmentation fault/],
      'prints half a line and ends': UNKNOWN_STATE,
      'answers slowly': 'works',
    },
  },
  {
    name: 'status NAME, to see whether the name is free,',
    rule: { command: 'status', args: 'web', times: 1 },
    cell: { source: INSTALL_ONLY },
    faults: LOOK_AT_NAME,
  },
  {
    name: 'status NAME, just before the start,',
    rule: { command: 'status', args: 'web', after: 1, times: 1 },
    cell: { source: INSTALL_ONLY },
    faults: LOOK_AT_NAME,
  },
  {
    name: 'start -p 1, to see whether it knows -p,',
    rule: { command: 'start', args: '^-p 1$' },
    cell: {
      source: { ...INSTALL_ONLY, source: { cpus: 2 } },
      scenario: { cpus: true },
      vmConf: vmConf('boot, cdrom, cpus, disk, memory, owner builder'),
    },
    faults: {
      'fails without a word': 'works',
      hangs: [/whether this vmctl\(8\) knows the option -p/, HANGING],
      'prints garbage': 'works',
      'prints garbage and fails': 'works',
      'answers slowly': 'works',
    },
  },
];

const NOT_CREATED = /The disk image \S+ could not be created/;

const CREATES: readonly Command[] = [
  {
    name: 'create',
    rule: { command: 'create' },
    cell: { source: INSTALL_ONLY, oldImage: true, image: 'old', flags: ['-force'] },
    faults: {
      'fails without a word': [NOT_CREATED, /exit status 1[^]*\/var\/log\/daemon/],
      hangs: [NOT_CREATED, HANGING],
      'hangs and ignores SIGTERM': [NOT_CREATED, HANGING],
      'is killed': [NOT_CREATED, KILLED],
      // It says nothing of a failure, and there is no image.
      'prints garbage': [NOT_CREATED, /reported no failure, but there is no such file/],
      'prints garbage and fails': [NOT_CREATED, /exit status 139: Segmentation fault/],
      'prints half a line and ends': [NOT_CREATED, /reported no failure, but there is no such file/],
    },
  },
  {
    name: 'create, the image being there,',
    rule: { command: 'create', late: true },
    cell: { source: INSTALL_ONLY },
    faults: {
      'fails without a word': NOT_CREATED,
      hangs: [NOT_CREATED, HANGING],
      'hangs and ignores SIGTERM': [NOT_CREATED, HANGING],
      'is killed': [NOT_CREATED, KILLED],
      'prints garbage': 'works',
      'prints garbage and fails': NOT_CREATED,
      'answers slowly': 'works',
    },
  },
  {
    name: 'create -b',
    rule: { command: 'create' },
    cell: {
      source: { ...INSTALL_ONLY, source: { disk_base: 'base.qcow2', disk_size: null } },
      arrange: (place) => place.workspace.write('base.qcow2', 'an image that others stand on'),
      after: (place) =>
        assert.equal(place.workspace.read('base.qcow2'), 'an image that others stand on', 'the base image'),
    },
    faults: {
      'fails without a word': NOT_CREATED,
      hangs: [NOT_CREATED, HANGING],
      'is killed': [NOT_CREATED, KILLED],
      'prints garbage and fails': NOT_CREATED,
      'answers slowly': 'works',
    },
  },
];

const NOT_STARTED = /The virtual machine web could not be started/;
const ENDED_AT_ONCE = /The virtual machine web ended as soon as it was started/;

const STARTS: readonly Command[] = [
  {
    name: 'start, to install,',
    rule: { command: 'start', args: '^-c' },
    cell: { source: INSTALL_ONLY, oldImage: true, image: 'old', flags: ['-force'] },
    faults: {
      'fails without a word': [NOT_STARTED, /exit status 1/],
      hangs: NO_START,
      'hangs and ignores SIGTERM': NO_START,
      'is killed': [NOT_STARTED, /SIGKILL/],
      'prints garbage': ENDED_AT_ONCE,
      'prints garbage and fails': [NOT_STARTED, /Segmentation fault/],
      'prints half a line and ends': ENDED_AT_ONCE,
    },
  },
  {
    name: 'start, to install,',
    rule: { command: 'start', args: '^-c' },
    cell: { source: INSTALL_ONLY },
    faults: { 'answers slowly': 'works' },
  },
  {
    // The machine runs; what ends is vmctl on its way to become cu(1).
    name: 'start, the machine being started,',
    rule: { command: 'start', args: '^-c', late: true },
    cell: { source: INSTALL_ONLY },
    faults: {
      'fails without a word': 'works',
      'prints garbage and fails': 'works',
    },
  },
  {
    name: 'start, to provision,',
    rule: { command: 'start', args: '^-c', after: 1 },
    cell: {},
    faults: {
      'fails without a word': [NOT_STARTED, /exit status 1/],
      hangs: NO_START,
      'is killed': [NOT_STARTED, /SIGKILL/],
      'prints garbage': ENDED_AT_ONCE,
      'prints garbage and fails': [NOT_STARTED, /Segmentation fault/],
      'prints half a line and ends': ENDED_AT_ONCE,
      'answers slowly': 'works',
    },
  },
  {
    name: 'status NAME, while vmd starts the machine,',
    rule: { command: 'status', args: 'web', after: 2, times: 2 },
    cell: { source: INSTALL_ONLY },
    faults: {
      'fails without a word': 'works',
      hangs: 'works',
      'is killed': 'works',
      'prints garbage': 'works',
      'prints garbage and fails': 'works',
      'prints half a line and ends': 'works',
      'answers slowly': 'works',
    },
  },
];

/** The start fails, or is aborted, and the machine cannot be ended again: the user hears that it is there. */
const STUCK_STARTS: readonly Cell[] = [
  {
    name: 'vmctl status, while vmd starts the machine, always prints garbage, and vmctl stop works',
    source: INSTALL_ONLY,
    scenario: { rules: [{ command: 'status', after: 3, ...FAULTS['prints garbage'] }] },
    says: [UNKNOWN_STATE],
  },
  {
    name: 'vmctl status, while vmd starts the machine, always prints garbage, and vmctl stop fails',
    source: INSTALL_ONLY,
    scenario: {
      rules: [
        { command: 'status', after: 3, ...FAULTS['prints garbage'] },
        { command: 'stop', stderr: 'stopping vm web: failed: Operation not permitted\n', exit: 1 },
      ],
    },
    says: [UNKNOWN_STATE, /Still there:\n {2}the virtual machine web \(stop it with: vmctl stop -f web\)/],
    stays: onlyTheMachine,
  },
  {
    name: 'vmctl stop -f fails after Ctrl-C while vmd queues the machine',
    source: INSTALL_ONLY,
    scenario: { stagger: 600_000, rules: [{ command: 'stop', exit: 1 }] },
    meanwhile: async (run, place) => {
      await run.until('the machine waits', () => place.called('vmctl status', 6));
      run.interrupt();
    },
    says: [
      /was cancelled in step "start \(install\)"/,
      /Still there:\n {2}the virtual machine web \(stop it with: vmctl stop -f web\)/,
    ],
    stays: onlyTheMachine,
  },
];

const NETWORKS: readonly Command[] = [
  {
    name: 'ifconfig',
    rule: { command: 'ifconfig' },
    cell: { source: INSTALL_ONLY, ...IMPATIENT },
    faults: {
      'fails without a word': NO_ADDRESS,
      hangs: [/The network of the machine is unknown/, HANGING],
      'hangs and ignores SIGTERM': [/The network of the machine is unknown/, HANGING],
      'is killed': NO_ADDRESS,
      'prints garbage': NO_ADDRESS,
      'prints garbage and fails': NO_ADDRESS,
      'prints half a line and ends': NO_ADDRESS,
    },
  },
  {
    name: 'ifconfig, twice,',
    rule: { command: 'ifconfig', times: 2 },
    cell: { source: INSTALL_ONLY },
    faults: {
      'fails without a word': 'works',
      'is killed': 'works',
      'prints garbage': 'works',
      'prints garbage and fails': 'works',
      'prints half a line and ends': 'works',
      'answers slowly': 'works',
    },
  },
  {
    name: 'ifconfig, at the second start,',
    rule: { command: 'ifconfig', args: '.', after: 1 },
    cell: { ...IMPATIENT, scenario: { tapDelay: 0 } },
    faults: {
      'fails without a word': NO_ADDRESS,
      hangs: /The network of the machine is unknown/,
    },
  },
];

/** The installer has begun and goes on when the cell says so: something can happen meanwhile. */
const HELD_GUEST = { holds: 'fetch' };

const WATCHES: readonly Command[] = [
  {
    name: 'wait',
    rule: { command: 'wait' },
    cell: { source: INSTALL_ONLY },
    guest: { pace: 700 },
    faults: HARMLESS,
  },
  {
    name: 'console, after cu(1) was killed,',
    rule: { command: 'console' },
    cell: { source: INSTALL_ONLY, meanwhile: killCu },
    guest: HELD_GUEST,
    faults: HARMLESS,
  },
];

/** Kills the process that carries the console, once the installer works. */
async function killCu(run: CliRun, place: Place): Promise<void> {
  await run.until('the installer works', () => /Loading kernel/.test(place.workspace.read('log', 'web.log')));
  const line = run.processes.find((process) => /vmctl\.mjs start /.test(process));
  assert.ok(line !== undefined, 'there is no cu');
  process.kill(parseInt(line, 10), 'SIGKILL');
  await run.until('the console is asked for again', () => place.called('vmctl console'));
  place.go();
}

/** The console is silent although the machine runs: nobody can tell a slow guest from that, but the build can be ended. */
const SILENT_CONSOLES: readonly Cell[] = (['hangs', 'hangs and ignores SIGTERM'] as const).map((fault) => ({
  name: `vmctl start, the machine being started, ${fault}, until Ctrl-C`,
  source: INSTALL_ONLY,
  scenario: { rules: [{ command: 'start', args: '^-c', late: true, ...FAULTS[fault] }] },
  meanwhile: async (run) => {
    await run.until('the boot command is typed', () => run.stdout.includes('Waiting for the installation'));
    run.interrupt();
  },
  says: [/was cancelled in step "install"/],
}));

/** The process of the machine itself ends: vmd says no word about it. */
const DEATHS: readonly Cell[] = [
  {
    name: 'the machine dies during the installation',
    source: INSTALL_ONLY,
    scenario: { guest: { pace: 100_000 } },
    meanwhile: dies('Waiting for the installation to end'),
    says: [/powered off, but nothing was written to its disk/],
  },
  {
    name: 'the machine dies while the boot command is typed',
    source: { ...INSTALL_ONLY, source: { boot_command: ['word<wait1h><enter>'] } },
    meanwhile: dies('Typing the boot command'),
    says: [
      /The machine powered off before this step was done\. \d of 5 keys|serial console is closed: the virtual machine has ended/,
    ],
  },
  {
    name: 'the machine dies while SSH is waited for',
    ssh: 'none',
    meanwhile: dies('Waiting for SSH'),
    says: [/The machine with the installed system powered off before this step was done/],
  },
  {
    name: 'the machine dies while it is provisioned',
    source: { shell: { inline: ['sleep 600'] } },
    meanwhile: dies('Provisioning with'),
    says: [/The machine with the installed system powered off before this step was done/],
  },
];

function dies(when: string): NonNullable<Cell['meanwhile']> {
  return async (run, place) => {
    await run.until(`it says "${when}"`, () => run.stdout.includes(when));
    place.tellMachine('force');
  };
}

const STOPPED_FROM_OUTSIDE: Source = { source: { shutdown_command: null, shutdown_timeout: '2s' } };

const STOPS: readonly Command[] = [
  {
    name: 'stop, to shut down,',
    rule: { command: 'stop', args: '^-w', times: 1 },
    cell: { source: STOPPED_FROM_OUTSIDE },
    faults: HARMLESS,
  },
  {
    name: 'stop -f, in the cleanup, once,',
    rule: { command: 'stop', args: '^-f', times: 1 },
    cell: { source: { shell: { inline: ['false'] } } },
    faults: {
      'fails without a word': /ended with exit status 1/,
      'is killed': /ended with exit status 1/,
      'prints garbage': /ended with exit status 1/,
      'prints garbage and fails': /ended with exit status 1/,
      'prints half a line and ends': /ended with exit status 1/,
      'answers slowly': /ended with exit status 1/,
    },
  },
];

/** Nothing can end the machine: the user is told of it, and of the image that it holds. */
const UNSTOPPABLE: readonly Cell[] = (
  ['fails without a word', 'hangs', 'hangs and ignores SIGTERM'] as const
).map((fault) => ({
  name: `vmctl stop -f, in the cleanup, always ${fault}`,
  isIdle: true,
  source: { ...INSTALL_ONLY, source: { boot_command: ['nothing<wait1h>'] } },
  scenario: {
    rules: [
      { command: 'stop', ...FAULTS[fault] },
      { command: 'machine', args: 'x' },
    ],
  },
  meanwhile: async (run) => {
    await run.until('typing begins', () => run.stdout.includes('Typing the boot command'));
    run.interrupt();
  },
  says: [/Still there:\n {2}the running machine web \(stop it with: vmctl stop -f web/],
  stays: onlyTheMachine,
}));

async function onlyTheMachine(place: Place, run: CliRun): Promise<void> {
  await assertNoProcess(run, /machine\.mjs/);
  const left = place
    .leftovers('none')
    .filter((line) => !/^vmd still has machine 3$|^state\/vmm-hcl\/journal\//.test(line));
  assert.deepEqual(left, []);
}

/** While a machine runs, vmd falls silent, for ever or for a while. */
const SILENCES: readonly Cell[] = [
  ...Object.entries({
    'fails without a word': /is out of sight/,
    hangs: /is out of sight[^]*did not end within/,
    'is killed': /is out of sight[^]*SIGKILL/,
    'prints garbage': /is out of sight/,
    'prints half a line and ends': /is out of sight/,
  }).map(([fault, says]) => {
    const rules = [
      { command: 'status', ...FAULTS[fault as Fault] },
      { command: 'wait', exit: 1 },
    ];
    return silence(`always ${fault}`, rules, () => {}, {
      says: [says, /Still there:\n {2}the running machine web/],
      stays: onlyTheMachine,
    });
  }),
  ...(
    ['fails without a word', 'is killed', 'prints garbage', 'prints half a line and ends', 'hangs'] as const
  ).map((fault) =>
    silence(
      `${fault}, twice,`,
      [
        { command: 'status', times: 2, ...FAULTS[fault] },
        { command: 'wait', times: 1, exit: 1 },
      ],
      (place) => place.go(),
      { status: 0 },
    ),
  ),
];

function silence(fault: string, rules: Rule[], goOn: (place: Place) => void, expected: Partial<Cell>): Cell {
  return {
    name: `vmctl status, while the machine runs, ${fault}`,
    source: INSTALL_ONLY,
    scenario: { guest: HELD_GUEST },
    ...IMPATIENT,
    meanwhile: async (run, place) => {
      await run.until('the installer works', () =>
        run.stdout.includes('Waiting for the installation to end'),
      );
      const waiting = await run.until('the end of the machine is waited for', () =>
        run.processes.find((process) => /vmctl\.mjs wait /.test(process)),
      );
      place.scenario({ rules });
      // A vmd that falls silent does so for those who wait too: a reason to look at once.
      process.kill(parseInt(waiting, 10), 'SIGKILL');
      goOn(place);
    },
    ...expected,
  };
}

/** What vmctl and vmd are documented to say, with the cause that the user reads. */
const START_REFUSALS: readonly (readonly [said: string, cause: RegExp])[] = [
  ['vmm bios firmware file not found.', /no BIOS firmware[^]*fw_update vmm/],
  ['could not open disk image(s)', /could not open the disk image[^]*fstat/],
  ['could not find specified iso image', /could not open the ISO image/],
  ['invalid template', /knows no template "tiny"[^]*vmctl reload/],
  ['start vm command failed: File name too long', /does not allow you to make instances[^]*allow instance/],
  ['start vm command failed: Too many processes', /already knows an instance/],
  ['start vm command failed: Operation not permitted', /does not permit it[^]*allow what is set/],
  ['start vm command failed: Device busy', /disk is also one of the template/],
  ['start vm command failed: Operation already in progress', /runs already/],
  ['start vm command failed: No such file or directory', /no free tap\(4\)[^]*MAKEDEV/],
  ['start vm command failed: Cannot allocate memory', /not enough memory[^]*login\.conf/],
  ['no kernel or disk/cdrom specified', /nothing to boot from/],
  ['memory size too large (limit is 131072 MB)', /memory size is out of range/],
  ['memory size must be at least 1MB', /memory size is out of range/],
  ['name too long', /does not accept "web" as the name/],
  ['invalid VM name', /does not accept "web" as the name/],
  [
    'invalid disk path: /x: No such file or directory',
    /the disk image is no longer there[^]*output_directory/,
  ],
  ['invalid iso image path: /x: No such file or directory', /does not find the ISO image[^]*cdrom/],
  ['invalid boot image path: No such file or directory', /kernel or firmware[^]*Check boot/],
  ['connect: /var/run/vmd.sock: No such file or directory', /does not run[^]*rcctl/],
  ['connect: /var/run/vmd.sock: Permission denied', /may not talk to vmd[^]*socket owner/],
  ['unknown option -- L\nusage:\tvmctl [-v] command', /does not understand the command line[^]*7\.3/],
  ['something that nobody has ever seen', /something that nobody has ever seen[^]*\/var\/log\/daemon/],
];

const CREATE_REFUSALS: readonly (readonly [said: string, cause: RegExp])[] = [
  ['create imagefile operation failed: File exists', /exists already[^]*-force/],
  ['create imagefile operation failed: No space left on device', /file system is full/],
  ['create imagefile operation failed: Permission denied', /may not be written there[^]*output_directory/],
  [
    'create imagefile operation failed: Read-only file system',
    /may not be written there[^]*output_directory/,
  ],
  ['create imagefile operation failed: Disc quota exceeded', /quota is used up[^]*Make room/],
  ['create imagefile operation failed: No such file or directory', /folder or its base image is not there/],
  ['could not create x: missing size argument', /neither a size nor a base/],
  ['base images require qcow2 disk format', /qcow2/],
  ['unknown option -- s\nusage:\tvmctl [-v] command', /does not understand the command line/],
];

const STATUS_REFUSALS: readonly (readonly [said: string, cause: RegExp])[] = [
  ['connect: /var/run/vmd.sock: No such file or directory', /does not run[^]*rcctl enable vmd/],
  ['connect: /var/run/vmd.sock: Connection refused', /does not run[^]*rcctl enable vmd/],
  ['connect: /var/run/vmd.sock: Permission denied', /may not talk to vmd[^]*socket owner/],
];

const STOP_REFUSALS: readonly string[] = [
  'stopping vm web: vm not found',
  'stopping vm web: cannot stop vm that is not running',
  'stopping vm web: failed: Invalid argument',
  'stopping vm web: failed: Operation already in progress',
  'stopping vm web: failed: Operation not permitted',
];

const WAIT_REFUSALS: readonly string[] = [
  'waiting for vm web: vm not found',
  'waiting for vm web: failed: Invalid argument',
  'waiting for vm web: terminated vm 3',
];

const CONSOLE_REFUSALS: readonly string[] = [
  'vmctl: console not found',
  'cu: open("/dev/ttyp3"): Device busy',
  'vmctl: failed to exec "/usr/bin/cu": No such file or directory',
];

function refuses(
  command: string,
  args: string,
  said: string,
  more: Omit<Cell, 'name'>,
  rule: Rule = {},
): Cell {
  const text = `${said}\n`;
  return {
    name: `vmctl ${command} says "${said.split('\n')[0]}"`,
    source: INSTALL_ONLY,
    ...more,
    scenario: { ...more.scenario, rules: [{ command, args, stderr: text, exit: 1, ...rule }] },
  };
}

const MESSAGES: readonly Cell[] = [
  ...START_REFUSALS.map(([said, cause]) =>
    refuses('start', '^-c', `vmctl: ${said}`, {
      says: [NOT_STARTED, cause, new RegExp(`vmctl said: vmctl: ${escape(said.split('\n')[0] ?? '')}`)],
    }),
  ),
  ...CREATE_REFUSALS.map(([said, cause]) =>
    refuses('create', '', `vmctl: ${said}`, { says: [NOT_CREATED, cause] }),
  ),
  ...STATUS_REFUSALS.map(([said, cause]) => refuses('status', '', `vmctl: ${said}`, { says: [cause] })),
  ...STOP_REFUSALS.map((said) =>
    refuses('stop', '', said, { source: STOPPED_FROM_OUTSIDE, status: 0 }, { times: 1 }),
  ),
  ...WAIT_REFUSALS.map((said) =>
    refuses('wait', '', said, { status: 0, scenario: { guest: { pace: 700 } } }),
  ),
  ...CONSOLE_REFUSALS.map((said) => {
    const cell = refuses('console', '', said, { status: 0 });
    return { ...cell, scenario: { guest: HELD_GUEST, ...cell.scenario }, meanwhile: killCu };
  }),
];

function vmConf(rights: string): string {
  return `vm "tiny" {\n disable\n memory 256M\n disk "/dev/null"\n local interface\n allow instance { ${rights} }\n}\n`;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

export const COMMAND_CELLS: readonly Cell[] = [
  { name: 'no fault', status: 0 },
  { name: 'no fault, no second boot', source: INSTALL_ONLY, status: 0 },
  ...[...PROBES, ...CREATES, ...STARTS, ...NETWORKS, ...WATCHES, ...STOPS].flatMap(cellsOf),
  ...STUCK_STARTS,
  ...SILENT_CONSOLES,
  ...DEATHS,
  ...UNSTOPPABLE,
  ...SILENCES,
  ...MESSAGES,
];
