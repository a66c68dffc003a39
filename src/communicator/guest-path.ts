/**
 * A path of the guest without the `~/` that a shell would expand: scp, sftp and tar do not, and commands begin in the user's home
 * folder as well. Packer hands the path of scp to the guest's shell, so templates say `~/.ssh/config`.
 */
export function guestPath(path: string): string {
  if (path === '~') return '.';
  return path.startsWith('~/') ? path.replace(/^~\/+/, '') || './' : path;
}
