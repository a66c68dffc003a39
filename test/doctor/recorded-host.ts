import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Examination } from '../../src/doctor/doctor.ts';
import type { BootImageProblem, Probe } from '../../src/doctor/probe.ts';
import type { Subject } from '../../src/doctor/subject.ts';

/** A machine of fixtures/doctor; its README.md describes the form. */
interface Recording {
  readonly like?: string;
  readonly platform: NodeJS.Platform;
  readonly hypervisor: 'vmctl' | 'qemu';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly execPath: string;
  readonly programs: readonly string[];
  readonly commands: Readonly<
    Record<string, string | number | { exit: number; stdout?: string; stderr?: string } | null>
  >;
  readonly files: Readonly<Record<string, string | { error: string } | null>>;
  readonly folders: readonly string[];
  readonly devices?: readonly string[];
  readonly accelerator?: Awaited<ReturnType<Probe['accelerator']>>;
  readonly bootImages?: Readonly<Record<string, BootImageProblem>>;
  /** By the full name of the build: the programs that its post-processors compress with. */
  readonly compressors?: Readonly<Record<string, readonly string[]>>;
  /** By the full name of the build: the programs that its provisioners ansible run. */
  readonly ansiblePrograms?: Readonly<Record<string, readonly string[]>>;
  readonly builds?: Readonly<Record<string, Subject['config']>> | null;
}

export const FOLDER = 'fixtures/doctor';

function read(name: string): Recording {
  const own = parse(readFileSync(`${FOLDER}/${name}.yaml`, 'utf8')) as Recording;
  if (own.like === undefined) return own;
  const base = read(own.like);
  return {
    ...base,
    ...own,
    commands: { ...base.commands, ...own.commands },
    files: { ...base.files, ...own.files },
  };
}

/** The machine, and what is asked about it. `asked` collects the questions. */
export function recordedHost(name: string): { probe: Probe; examination: Examination; asked: Set<string> } {
  const host = read(name);
  const asked = new Set<string>();
  const fail = (code: string, path: string): never => {
    throw Object.assign(new Error(`${code}: ${path}`), { code });
  };
  const probe: Probe = {
    platform: host.platform,
    env: host.env ?? {},
    cwd: host.cwd,
    execPath: host.execPath,
    findProgram: (program, folders = []) =>
      host.programs.find(
        (path) =>
          path === program || [...folders, '/usr/bin'].some((folder) => path === `${folder}/${program}`),
      ),
    run(argv) {
      const line = argv.join(' ');
      asked.add(line);
      const answer = host.commands[line];
      if (answer === undefined || answer === null)
        throw new Error(`${name}: nothing is recorded for: ${line}`);
      if (typeof answer !== 'object')
        return Promise.resolve({ exitCode: 0, stdout: `${answer}\n`, stderr: '' });
      const { exit, stdout = '', stderr = '' } = answer;
      return Promise.resolve({ exitCode: exit, stdout, stderr });
    },
    readFile(path) {
      asked.add(path);
      const file = host.files[path] ?? fail('ENOENT', path);
      return typeof file === 'string' ? file : fail(file.error, path);
    },
    realpath: (path) => path,
    stat(path) {
      if ((host.files[path] ?? null) !== null) return { kind: 'file', writable: false };
      if (host.devices?.includes(path)) return { kind: 'other', writable: false };
      if (host.folders.includes(path)) return { kind: 'directory', writable: true };
      return host.folders.includes(`${path}!`) ? { kind: 'directory', writable: false } : undefined;
    },
    accelerator: () => Promise.resolve(host.accelerator ?? fail('ENOENT', 'accelerator')),
    bootImageProblem: (path) => Promise.resolve(host.bootImages?.[path]),
  };
  const needed = (program: string) => ({ program, origin: { file: 't.pkr.hcl', line: 20, column: 3 } });
  const subjects = Object.entries(host.builds ?? {}).map(([build, config]) => ({
    build,
    config,
    compressors: host.compressors?.[build]?.map(needed),
    ansiblePrograms: host.ansiblePrograms?.[build]?.map(needed),
  }));
  return { probe, examination: { hypervisor: host.hypervisor, subjects, search: {} }, asked };
}
