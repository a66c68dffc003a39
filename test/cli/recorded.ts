import type { BuildEvent, EventBody } from '../../src/build/events.ts';
import type { BuildResult, RunResult } from '../../src/build/result.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';

// A run of two builds as the executor tells it: one succeeds, one fails while the boot command is typed.

export const GOOD = 'release.vmm.openbsd';
export const BAD = 'vmm.broken';
/** 2026-02-03T04:05:06Z */
export const START = Date.UTC(2026, 1, 3, 4, 5, 6);

const ORIGIN = { file: 'openbsd.pkr.hcl', line: 12, column: 1 };

const BODIES: readonly [build: string, seconds: number, body: EventBody][] = [
  [
    GOOD,
    0,
    { type: 'build-start', sourceType: 'vmm', sourceName: 'openbsd', origin: ORIGIN, hypervisor: 'vmctl' },
  ],
  [
    BAD,
    0,
    { type: 'build-start', sourceType: 'vmm', sourceName: 'broken', origin: ORIGIN, hypervisor: 'vmctl' },
  ],
  [GOOD, 0, { type: 'step-start', step: 'disk' }],
  [GOOD, 0, { type: 'say', text: 'Creating a qcow2 disk of 2G' }],
  [
    GOOD,
    0.1,
    { type: 'command', id: 1, where: 'host', command: ['vmctl', 'create', '-s', '2G', 'qcow2:/o/a.qcow2'] },
  ],
  [GOOD, 0.2, { type: 'step-end', step: 'disk', outcome: 'success', duration: 200 }],
  [BAD, 0.3, { type: 'step-start', step: 'boot command' }],
  [BAD, 0.4, { type: 'say', text: 'Typing the boot command\n(12 keys)' }],
  [BAD, 0.5, { type: 'console-line', boot: 'install', line: 'boot> ' }],
  [BAD, 1, { type: 'error', text: 'The machine has died: unknown key, "a,b"' }],
  [
    BAD,
    1.25,
    {
      type: 'build-end',
      outcome: 'failure',
      duration: 1250,
      failure: { step: 'boot command', message: 'The machine ended while keys were typed.', leftBehind: [] },
    },
  ],
  [GOOD, 2, { type: 'status', text: 'TCP port open, no SSH banner yet' }],
  [
    GOOD,
    3,
    {
      type: 'http-request',
      client: '100.64.2.3',
      method: 'GET',
      url: '/install.conf?path=7.9/amd64',
      status: 200,
      bytes: 345,
    },
  ],
  [GOOD, 60, { type: 'provisioner-start', provisioner: 'shell', origin: ORIGIN, index: 1, attempt: 1 }],
  [GOOD, 61, { type: 'output', stream: 'stdout', line: 'fetching 10%\rfetching 100%  ' }],
  [
    GOOD,
    61,
    { type: 'output', stream: 'stdout', line: '\u001b]0;owned\u0007\u001b[31mred\u001b[0m, and plain' },
  ],
  [GOOD, 62, { type: 'output', stream: 'stderr', line: 'pkg_add: warning' }],
  [GOOD, 62.5, { type: 'post-processor-start', postProcessor: 'checksum', origin: ORIGIN }],
  [GOOD, 62.6, { type: 'say', scope: 'checksum', text: 'Writing a.sha256' }],
  [GOOD, 63.5, { type: 'build-end', outcome: 'success', duration: 63_500 }],
];

export const EVENTS: readonly BuildEvent[] = BODIES.map(
  ([build, seconds, body]) => ({ time: START + seconds * 1000, build, ...body }) as BuildEvent,
);

/** The result of that run; `image` is the path of the image. */
export function result(image: string): RunResult {
  const good: BuildResult = {
    name: GOOD,
    outcome: 'success',
    duration: 63_500,
    steps: [
      { step: 'output directory', duration: 2, outcome: 'success' },
      { step: 'disk', duration: 200, outcome: 'success' },
      { step: 'install', duration: 58_000, outcome: 'success' },
      { step: 'provision', duration: 4_200, outcome: 'success' },
    ],
    artifacts: [
      {
        builderId: 'vmm-hcl.vmm',
        id: 'openbsd',
        files: [image],
        description: `Image: ${image}`,
        destroy: () => Promise.resolve(),
      },
    ],
  };
  const bad: BuildResult = {
    name: BAD,
    outcome: 'failure',
    duration: 1250,
    steps: [{ step: 'boot command', duration: 950, outcome: 'failure' }],
    artifacts: [],
    failure: {
      step: 'boot command',
      message: 'The machine ended while keys were typed.',
      hint: 'Does vm.conf(5) allow the template "hcl-template" to boot from a cdrom?',
      origin: ORIGIN,
      consoleTail: ['>> OpenBSD/amd64 BOOT 3.67', 'boot> ', '\u001b[2Jpanic: no root'],
      consoleLog: '/var/log/broken.log',
      http: {
        url: 'http://100.64.3.2:8123/',
        requests: 1,
        fetched: 0,
        neverFetched: ['/install.conf'],
        notFound: [{ path: '/instal.conf', nearest: '/install.conf' }],
      },
      leftBehind: [],
    },
  };
  return { cancelled: false, builds: [good, bad] };
}

/** The plan of the good build, as far as a view looks at it. */
export function plan(folder: string): BuildPlan {
  return {
    name: GOOD,
    buildName: 'release',
    sensitive: [],
    provisioners: [],
    postProcessors: [],
    source: {
      type: 'vmm',
      name: 'openbsd',
      origin: ORIGIN,
      ssh: {} as BuildPlan['source']['ssh'],
      config: {
        vm_name: 'openbsd',
        vm_template: 'hcl-template',
        disk_format: 'qcow2',
        memory: '1G',
        output_directory: folder,
        log_directory: folder,
      } as BuildPlan['source']['config'],
    },
  };
}
