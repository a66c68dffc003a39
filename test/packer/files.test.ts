// Files that cannot be read as they should: what a table of texts cannot hold.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfiguration, planBuilds } from '../../src/packer/index.ts';
import '../private-tmp.ts';
import { inDirectory, templateOf } from './sandbox.ts';

interface Case {
  readonly title: string;
  prepare(directory: string): void;
  readonly path?: string;
  /** The codes and details of what is reported; nothing for a template in which nothing is wrong. */
  readonly expected: readonly (readonly [code: string, detail: RegExp])[];
}

const GOOD = templateOf();
const write = (directory: string, name: string, bytes: string | Uint8Array) =>
  writeFileSync(join(directory, name), bytes);

const CASES: readonly Case[] = [
  {
    title: 'a byte order mark and the line ends of Windows are no problem',
    prepare: (directory) => write(directory, 'vm.pkr.hcl', `\ufeff${GOOD.replaceAll('\n', '\r\n')}`),
    expected: [],
  },
  {
    title: 'a file in UTF-16 is one problem, and says what it is',
    prepare: (directory) => write(directory, 'vm.pkr.hcl', Buffer.from(`\ufeff${GOOD}`, 'utf16le')),
    expected: [['template-unreadable', /^vm\.pkr\.hcl cannot be read: it is in UTF-16, .* \(iconv/]],
  },
  {
    title: 'a variable file in UTF-16',
    prepare: (directory) => {
      write(directory, 'vm.pkr.hcl', GOOD);
      write(directory, 'x.auto.pkrvars.hcl', Buffer.from('\ufeffa = 1\n', 'utf16le'));
    },
    expected: [['var-file-unreadable', /^x\.auto\.pkrvars\.hcl cannot be read: it is in UTF-16/]],
  },
  {
    title: 'a symbolic link to nothing says where it leads, and the rest is read',
    prepare: (directory) => {
      write(directory, 'vm.pkr.hcl', GOOD.replace('disk_size', 'disk_sise'));
      symlinkSync('/nowhere/x.pkr.hcl', join(directory, 'x.pkr.hcl'));
    },
    expected: [
      ['template-unreadable', /^x\.pkr\.hcl cannot be read: it is a symbolic link to \/nowhere\/x\.pkr\.hcl/],
      ['unsupported-argument', /Did you mean "disk_size"/],
    ],
  },
  {
    title: 'a symbolic link to nothing, as the operand',
    prepare: (directory) => symlinkSync('/nowhere/x.pkr.hcl', join(directory, 'x.pkr.hcl')),
    path: 'x.pkr.hcl',
    expected: [['template-unreadable', /symbolic link to \/nowhere/]],
  },
  {
    title: 'symbolic links in a circle',
    prepare: (directory) => symlinkSync('x.pkr.hcl', join(directory, 'x.pkr.hcl')),
    expected: [
      ['template-unreadable', /^x\.pkr\.hcl cannot be read: its symbolic links lead in a circle\.$/],
    ],
  },
  {
    title: 'a directory with the name of a template',
    prepare: (directory) => mkdirSync(join(directory, 'x.pkr.hcl')),
    expected: [['template-unreadable', /^x\.pkr\.hcl cannot be read: it is a directory\.$/]],
  },
  {
    title: 'a pipe in the directory is not waited for',
    prepare: (directory) => void execFileSync('mkfifo', [join(directory, 'x.pkr.hcl')]),
    expected: [['template-unreadable', /^x\.pkr\.hcl cannot be read: it is a pipe/]],
  },
  {
    title: 'the operand is empty',
    prepare: () => undefined,
    path: '',
    expected: [['template-not-found', /^The name of the template is empty/]],
  },
  {
    title: 'a variable file as the template',
    prepare: (directory) => write(directory, 'x.pkrvars.hcl', 'a = 1\n'),
    path: 'x.pkrvars.hcl',
    expected: [['template-missing', /-var-file=x\.pkrvars\.hcl/]],
  },
];

describe('files that are not what they should be', () => {
  for (const { title, prepare, path = '.', expected } of CASES) {
    it(title, () =>
      inDirectory({}, async (cwd) => {
        prepare(cwd);
        const { configuration, diagnostics } = await loadConfiguration(path, { cwd, env: {} });
        const planned = await planBuilds(configuration, {});
        const all = [...diagnostics, ...planned.diagnostics];
        assert.deepEqual(
          all.map(({ code }) => code),
          expected.map(([code]) => code),
        );
        expected.forEach(([, detail], at) => assert.match(all[at]!.detail, detail));
      }),
    );
  }
});
