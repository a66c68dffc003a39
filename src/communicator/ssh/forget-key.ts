import { shellQuote } from '../../lib/process/shell-words.ts';

/**
 * A command line for the guest's shell that removes a public key from the `authorized_keys` of the user who runs it and from
 * root's, with doas(1) or sudo(8) where that takes no password. The files keep their owner and mode, and other keys their place.
 *
 * It prints "removed" or "failed" and the path for each file in which the key was, and "unseen" with that of root's file when it
 * cannot be looked into.
 * @param publicKey the line of `authorized_keys`; the key in it is what is looked for, whatever stands beside it
 */
export function forgetKeyCommand(publicKey: string): string {
  const [, key = ''] = publicKey.split(' ');
  if (!/^[A-Za-z0-9+/=]{40,}$/.test(key)) throw new TypeError('not a public key');
  return `sh -c ${shellQuote(FORGET)} forget-key ${shellQuote(key)}`;
}

/** One line without an exclamation mark, for login shells of the C family. The first argument is the key. */
const FORGET = [
  'run() { "$@"; };',
  'mine=$HOME/.ssh/authorized_keys; roots=/root/.ssh/authorized_keys; [ "$mine" = "$roots" ] && roots=;',
  'if [ "$(id -u)" -ne 0 ]; then',
  'if doas -n true 2>/dev/null; then run() { doas -n "$@"; };',
  'elif sudo -n true 2>/dev/null; then run() { sudo -n "$@"; };',
  'else echo "unseen $roots"; roots=; fi; fi;',
  'for file in "$mine" $roots; do',
  'run grep -qF -e "$1" "$file" 2>/dev/null || continue;',
  'rest=$(run grep -vF -e "$1" "$file");',
  'if { [ -z "$rest" ] || printf "%s\\n" "$rest"; } | run tee "$file" >/dev/null; then echo "removed $file"; else echo "failed $file"; fi;',
  'done',
].join(' ');
