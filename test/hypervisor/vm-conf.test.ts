import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { HypervisorError } from '../../src/hypervisor/hypervisor.ts';
import { parseVmConf, readVmConf } from '../../src/hypervisor/vm-conf/parse.ts';
import { resolveTemplate } from '../../src/hypervisor/vm-conf/template.ts';

const directories: string[] = [];
after(() => directories.forEach((directory) => rmSync(directory, { recursive: true })));

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'vmconf-'));
  directories.push(directory);
  return directory;
}

const FULL = `
# sets and switches
sets="/var/www/htdocs/pub"
mem = 2G
local prefix 192.168.0.0/24
local inet6
socket owner :builders
staggered start parallel 4 delay 30
agentx context "vms" path "/var/agentx/main"

switch "uplink" {
	interface veb0
	locked lladdr
	group "vms"
}

vm "hcl-template" {
	disable				# only for instances
	disk "/dev/null"
	disk $sets \\
		format raw
	local interface
	interface tap3 { switch "uplink", lladdr fe:e1:bb:d1:00:01 }
	memory $mem
	cpus 2
	cdrom "/isos/a b.iso"
	owner alice:staff
	allow instance { boot, cdrom, disk
		interface memory owner alice, owner :wheel }
}
vm inst instance "hcl-template" {
	boot device net
	boot /bsd.rd
	allow instance { owner bob }
}
`;

describe('parseVmConf', () => {
  it('reads everything that the manual shows', () => {
    const conf = parseVmConf(FULL, 'vm.conf');
    assert.equal(conf.localPrefix, '192.168.0.0/24');
    assert.equal(conf.socketOwner, ':builders');
    assert.deepEqual(conf.switches, [{ name: 'uplink', interface: 'veb0' }]);
    const [template, instance] = conf.vms;
    assert.deepEqual(
      { ...template, place: undefined },
      {
        name: 'hcl-template',
        place: undefined,
        disabled: true,
        disks: [{ path: '/dev/null' }, { path: '/var/www/htdocs/pub', format: 'raw' }],
        interfaces: [
          { local: true, inet6: false },
          { local: false, inet6: false, switch: 'uplink', lladdr: 'fe:e1:bb:d1:00:01' },
        ],
        allowInstance: {
          options: ['boot', 'cdrom', 'disk', 'interface', 'memory'],
          owners: ['alice', ':wheel'],
        },
        memory: '2G',
        cpus: 2,
        cdrom: '/isos/a b.iso',
        owner: 'alice:staff',
      },
    );
    assert.deepEqual(template?.place, { file: 'vm.conf', line: 17, column: 1 });
    assert.equal(instance?.instanceOf, 'hcl-template');
    assert.equal(instance?.bootDevice, 'net');
    assert.equal(instance?.boot, '/bsd.rd');
  });

  for (const [text, message] of [
    ['vm "a" {\n\tmemory 512X\n}', '2:9: "512X" is no size'],
    ['vm "a" {\n\tdisable', '1:8: this "{" has no "}"'],
    ['vm "a" {\n\tcdrm "/x"\n}', '2:2: "cdrm" is no option of a vm'],
    ['vm "a\n', '1:4: a text in " quotes does not end on its line'],
    ['\n  vmm "a" { }', '2:3: "vmm" is no statement of vm.conf(5)'],
    ['vm "a" { disk $x\n}', '1:15: the macro $x is not defined'],
    ['vm "a" {\n}\nvm "a" {\n}', '3:1: vm "a" is defined already in line 1'],
    ['vm "a" { } x', '1:12: expected the end of the line, found "x"'],
    ['vm {\n}', '1:4: expected the name of a virtual machine, found "{"'],
    ['vm a {\nboot device floppy\n}', '2:13: "floppy" is no boot device'],
    ['include "/nonexistent/x"', '1:1: the included file /nonexistent/x does not exist'],
    ['vm a\\\n  ( {}', '2:3: unexpected "("'],
  ] as const) {
    it(`says ${message}`, () =>
      assert.throws(
        () => parseVmConf(text, 'f'),
        (error: Error) => error.message.startsWith(`f:${message}`) || assert.fail(error.message),
      ));
  }

  it('follows includes, with shared macros, and refuses circles', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'vms'));
    const main = join(directory, 'vm.conf');
    writeFileSync(main, 'm = "1G"\ninclude "vms/a.conf"\n');
    writeFileSync(join(directory, 'vms/a.conf'), 'vm a {\n memory $m\n}\n');
    assert.equal(readVmConf(main).vms[0]?.memory, '1G');
    writeFileSync(join(directory, 'vms/a.conf'), 'include "a.conf"\n');
    assert.throws(() => readVmConf(main), /a\.conf:1:1: .*a\.conf includes itself/);
  });
});

describe('resolveTemplate', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'vm.conf');
  writeFileSync(file, FULL);
  const other = join(directory, 'other.conf');
  writeFileSync(other, 'vm "small" {\n\tmemory 64M\n}\n');

  it('looks at the flag, the environment, the current directory, and beside the template', () => {
    assert.equal(resolveTemplate('small', { flag: other, env: { VMM_HCL_VM_CONF: file } }).memory, '64M');
    assert.equal(resolveTemplate('small', { env: { VMM_HCL_VM_CONF: other }, cwd: directory }).file, other);
    assert.equal(resolveTemplate('hcl-template', { env: {}, cwd: directory }).cpus, 2);
    const elsewhere = temporaryDirectory();
    const beside = { env: {}, cwd: elsewhere, templateDirectory: directory };
    assert.equal(resolveTemplate('hcl-template', beside).file, file);
    assert.throws(() => resolveTemplate('hcl-template', { env: {}, cwd: elsewhere }), HypervisorError);
  });

  it('inherits what instances inherit', () => {
    const template = resolveTemplate('inst', { flag: file });
    assert.deepEqual([template.memory, template.cpus, template.cdrom], ['2G', 2, '/isos/a b.iso']);
    assert.equal(template.interfaces.length, 2);
  });

  it('names the files and the templates found when there is none of that name', () => {
    const problem = (name: string, flag: string): HypervisorError => {
      try {
        resolveTemplate(name, { flag });
      } catch (error) {
        assert.ok(error instanceof HypervisorError);
        return error;
      }
      return assert.fail('it was found');
    };
    const unknown = problem('hcl-templat', file);
    assert.equal(unknown.message, `${file} has no vm "hcl-templat"; defined there: hcl-template, inst.`);
    assert.match(unknown.hint ?? '', /vm_template = "hcl-template"/);
    const missing = problem('x', '/nonexistent/vm.conf');
    assert.match(missing.message, /looked for \/nonexistent\/vm.conf/);
    writeFileSync(other, 'vm "small" {\n');
    assert.match(problem('small', other).message, /other\.conf:1:12: this "\{" has no "\}"/);
  });
});
