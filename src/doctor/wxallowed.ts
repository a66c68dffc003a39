import { type Check, ok, unknown, warning } from './check.ts';
import type { Probe } from './probe.ts';

/** OpenBSD lets a program write to memory that it executes only from file systems that are mounted with wxallowed; node(1) does. */
export async function checkWxallowed(probe: Probe): Promise<Check> {
  let node: string;
  try {
    node = probe.realpath(probe.execPath);
  } catch {
    node = probe.execPath;
  }
  const { stdout } = await probe.run(['mount']);
  const mounts = [...stdout.matchAll(/^\S+ on (\S+) type \S+ \((.*)\)$/gm)].map(
    ([, folder = '/', options = '']) => ({ folder, options }),
  );
  const [mount] = mounts
    .filter(({ folder }) => node === folder || node.startsWith(folder.endsWith('/') ? folder : `${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length);
  if (mount === undefined)
    return unknown('wxallowed', `On which file system ${node} is, is unknown: mount(8) does not tell.`);
  if (/\bwxallowed\b/.test(mount.options))
    return ok('wxallowed', `${node} is on ${mount.folder}, which is mounted with wxallowed.`);
  const why = 'OpenBSD kills or refuses programs such as node(1) there when they are marked as needing it.';
  return warning('wxallowed', `${node} is on ${mount.folder}, which is mounted without wxallowed.`, why, {
    text: 'Install node with pkg_add(1) (below /usr/local), or add wxallowed to the options of that file system in /etc/fstab.',
  });
}
