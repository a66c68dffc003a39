import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explain } from '../../src/hypervisor/vmctl/explain.ts';
import { limitsFrom } from '../../src/hypervisor/vmctl/limits.ts';
import { parseStatus } from '../../src/hypervisor/vmctl/status.ts';
import { nextAddress, tapAddress } from '../../src/hypervisor/vmctl/tap.ts';

describe('parseStatus', () => {
  it('reads the table of current releases', () => {
    const table = `   ID   PID VCPUS  MAXMEM  CURMEM     TTY        OWNER    STATE NAME
    2 41377     1    1.0G    212M   ttyp3      builder  running build-web
    3 51920     1    2.0G    1.1G   ttyp5  alice:staff stopping ci-alpine
    1     -     1    512M       -       -            -  stopped hcl-template
`;
    assert.deepEqual(parseStatus(table), [
      { id: 2, pid: 41377, name: 'build-web', state: 'running', tty: 'ttyp3', owner: 'builder' },
      { id: 3, pid: 51920, name: 'ci-alpine', state: 'stopping', tty: 'ttyp5', owner: 'alice:staff' },
      { id: 1, name: 'hcl-template', state: 'stopped', tty: undefined, owner: undefined },
    ]);
  });

  it('reads older tables, without a column for the state', () => {
    const table = `   ID   PID VCPUS  MAXMEM  CURMEM     TTY        OWNER NAME
    2 41377     1    1.0G    212M   ttyp3      builder web
    3 41378     1    1.0G    212M   ttyp4      builder db - stopping
    1     -     1    512M       -       -         root t
`;
    assert.deepEqual(
      parseStatus(table)?.map(({ id, name, state }) => [id, name, state]),
      [
        [2, 'web', 'running'],
        [3, 'db', 'stopping'],
        [1, 't', 'stopped'],
      ],
    );
  });

  it('goes by the header, whatever its order', () => {
    assert.deepEqual(parseStatus('ID STATE NAME\n7 paused x\ngarbage\n'), [
      { id: 7, name: 'x', state: 'paused', tty: undefined, owner: undefined },
    ]);
  });

  it('tells an empty table from none', () => {
    assert.deepEqual(parseStatus('   ID   PID VCPUS NAME\n'), []);
    assert.equal(parseStatus(''), undefined);
    assert.equal(parseStatus('<html>\n'), undefined);
    assert.equal(parseStatus('   ID   PID VCPUS NAME\n    2 41377   1 w'), undefined, 'half a table');
  });
});

const tap = (
  number: number,
  description: string,
  ...addresses: string[]
) => `tap${number}: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> mtu 1500
	lladdr fe:e1:ba:d2:11:22
	description: ${description}
	index ${number + 9} priority 0 llprio 3
	groups: tap
	status: active
${addresses.map((address) => `\t${address}\n`).join('')}`;

describe('tapAddress', () => {
  const taps = [
    tap(0, 'vm22-if0-web', 'inet 100.64.22.2 netmask 0xfffffffe'),
    tap(1, 'vm2-if1-web', 'inet 100.64.2.4 netmask 0xfffffffe'),
    tap(
      2,
      'vm2-if0-' + 'w'.repeat(50),
      'inet6 fe80::1%tap2 prefixlen 64',
      'inet 100.64.2.2 netmask 0xfffffffe',
    ),
    tap(3, 'switch1-vm3-if0-db'),
    tap(4, 'vm4-if0-new'),
    ...Array.from({ length: 20 }, (_, index) =>
      tap(10 + index, `vm${100 + index}-if0-many`, `inet 100.64.${100 + index}.2 netmask 0xfffffffe`),
    ),
    // The output breaks off in the middle of the address.
    tap(99, 'vm130-if0-cut', 'inet 100.64.130.2').trimEnd(),
  ].join('');
  for (const [id, index, address] of [
    [2, 0, '100.64.2.2'],
    [2, 1, '100.64.2.4'],
    [22, 0, '100.64.22.2'],
    [119, 0, '100.64.119.2'],
    [4, 0, undefined],
    [3, 0, undefined],
    [1, 0, undefined],
    [130, 0, undefined],
  ] as const) {
    it(`machine ${id}, interface ${index}: ${address ?? 'not yet'}`, () =>
      assert.equal(tapAddress(taps, id, index), address));
  }

  it('the guest is next to the host', () => {
    assert.deepEqual(['100.64.2.2', '100.64.255.255', '10.0.255.255'].map(nextAddress), [
      '100.64.2.3',
      '100.65.0.0',
      '10.1.0.0',
    ]);
  });
});

describe('limitsFrom', () => {
  it('takes a duration for a question, of which the others are multiples', () => {
    assert.deepEqual(limitsFrom({}), {
      query: 15_000,
      create: 120_000,
      start: 60_000,
      tap: 30_000,
      silence: 60_000,
    });
    assert.equal(limitsFrom({ VMM_HCL_VMCTL_TIMEOUT: '1m' }).start, 240_000);
    assert.equal(limitsFrom({ VMM_HCL_VMCTL_TIMEOUT: '' }).query, 15_000);
  });
  for (const wrong of ['soon', '30', '0s', '-1s']) {
    it(`refuses ${wrong}`, () =>
      assert.throws(
        () => limitsFrom({ VMM_HCL_VMCTL_TIMEOUT: wrong }),
        /VMM_HCL_VMCTL_TIMEOUT is ".*", which is no time/,
      ));
  }
});

describe('explain', () => {
  const failed = (errno: string) => `vmctl: start vm command failed: ${errno}\n`;
  for (const [said, cause, hint] of [
    [failed('File name too long'), /does not allow you to make instances/, /allow instance \{ owner YOU \}/],
    [failed('Too many processes'), /already knows an instance/, /vmctl stop web/],
    [failed('Operation not permitted'), /does not permit it/, /allow instance \{ boot, cdrom/],
    [failed('Device busy'), /disk is also one of the template/, /"\/dev\/null"/],
    [failed('Operation already in progress'), /runs already/, /vmctl status/],
    [failed('No such file or directory'), /no free tap\(4\)/, /MAKEDEV/],
    [failed('Cannot allocate memory'), /not enough memory/, /login\.conf/],
    ['vmctl: vmm bios firmware file not found.\n', /no BIOS firmware/, /fw_update vmm/],
    ['vmctl: could not open disk image(s)\n', /could not open the disk image/, /web\.raw/],
    ['vmctl: could not find specified iso image\n', /could not open the ISO image/, /cdrom/],
    ['vmctl: invalid template\n', /knows no template "small"/, /vm "small"/],
    ['vmctl: no kernel or disk/cdrom specified\n', /nothing to boot from/, /cdrom or boot/],
    ['vmctl: memory size too large (limit is 131072 MB)\n', /memory size is out of range/, /memory/],
    ['unknown option -- L\nusage:\tvmctl [-v] command\n', /does not understand/, /7\.3/],
    ['vmctl: something new\n', /could not be started: vmctl said: vmctl: something new/, /daemon/],
  ] as const) {
    it(said.split('\n')[0] ?? '', () => {
      const what = 'web could not be started';
      const error = explain({ what, name: 'web', template: 'small', disk: '/web.raw' }, said);
      assert.match(error.message, cause);
      assert.match(String(error.hint), hint);
      assert.ok(error.message.includes(said.trim().split('\n').at(-1) ?? said), 'vmctl is quoted');
    });
  }
});
