import { readdir, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from '../lib/process/run.ts';
import { shellQuote } from '../lib/process/shell-words.ts';

/** Bytes that a name may have which ssh gives to a socket, with the end of the string: sockaddr_un of OpenBSD and macOS. */
const LONGEST_SOCKET = 104;
/** "/", Ansible's ten characters, and the seventeen that ssh adds while it makes the socket. */
const SOCKET_NAME = 28;

/**
 * Environment of an Ansible that leaves nothing behind: its temporary files and the sockets of its lasting SSH connections are in
 * the folder, and so cannot lead to the guest of an earlier build, which may have had the same address. Where sshpass(1) is
 * missing, `sshpass` is a stand-in for it.
 * @param folder only its owner can enter it
 * @param path `PATH` as Ansible would have it otherwise
 */
export async function ansibleEnvironment(
  folder: string,
  path: string | undefined,
): Promise<Record<string, string>> {
  const askpass = join(folder, 'askpass');
  await writeFile(askpass, ASKPASS, { mode: 0o700, flag: 'wx' });
  await writeFile(join(folder, 'sshpass'), standIn(askpass), { mode: 0o700, flag: 'wx' });
  return {
    ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'),
    ...(Buffer.byteLength(folder) + SOCKET_NAME < LONGEST_SOCKET && { ANSIBLE_SSH_CONTROL_PATH_DIR: folder }),
    // Last, so that sshpass itself comes before it.
    PATH: [path, folder].filter(Boolean).join(delimiter),
  };
}

/** Ansible has no other way to hand over a password before its version 2.19, and Packer's users need no sshpass. */
function standIn(askpass: string): string {
  return `#!/bin/sh
# Stands in for sshpass(1) where that is missing: ssh(1) itself asks the program "askpass" for the password.
# Ansible tries it without arguments, to see whether it is there.
[ $# -gt 0 ] || exit 0
case $1 in
  -d*) IFS= read -r VMM_HCL_GUEST_PASSWORD <"/dev/fd/\${1#-d}" ;;
  *) echo "vmm-hcl's stand-in for sshpass does not know $1: install sshpass" >&2; exit 1 ;;
esac
program=$2
shift 2
SSH_ASKPASS=${shellQuote(askpass)} SSH_ASKPASS_REQUIRE=force
export VMM_HCL_GUEST_PASSWORD SSH_ASKPASS SSH_ASKPASS_REQUIRE
exec "$program" -o NumberOfPasswordPrompts=1 "$@"
`;
}

/** Answers what sshpass(1) answers. */
const ASKPASS = `#!/bin/sh
case $1 in
  *[Pp]assword*) printf '%s\\n' "$VMM_HCL_GUEST_PASSWORD" ;;
  *) exit 1 ;;
esac
`;

/** Ends the SSH connections that Ansible keeps for its next task, and for a minute after the last one. */
export async function endLastingConnections(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!(await stat(path)).isSocket()) continue;
    const words = ['-F', 'none', '-o', `ControlPath="${path.replaceAll('%', '%%')}"`, '-O', 'exit', 'guest'];
    // One that does not listen any more ends by itself.
    await run('ssh', words, { timeout: 5_000, accept: 'any' }).catch(() => {});
  }
}
