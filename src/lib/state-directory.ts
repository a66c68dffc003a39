import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where this user's vmm-hcl keeps what has to outlive a run: `vmm-hcl` below XDG_STATE_HOME, by default ~/.local/state (XDG Base
 * Directory Specification, which says that a relative path is to be ignored). It may not exist yet.
 */
export function stateDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const asked = env['XDG_STATE_HOME'];
  const base = asked !== undefined && isAbsolute(asked) ? asked : join(home(env), '.local', 'state');
  return join(base, 'vmm-hcl');
}

function home(env: Readonly<Record<string, string | undefined>>): string {
  const named = env['HOME'];
  return named !== undefined && isAbsolute(named) ? named : homedir();
}
