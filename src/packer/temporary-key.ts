import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { JsonObject } from '../plan/json.ts';
import type { TemporaryKeyPair } from '../plan/ssh-config.ts';

/** Uses of the public key in what is rendered during the build. */
const PUBLIC_KEY = /\{\{[^}]*\.SSHPublicKey\b/;

/**
 * Whether `boot_command`, or a template of a generated file, holds `{{ .SSHPublicKey }}`. The files are those that end in
 * `gen_files_extension`: which of them `gen_files_pattern` chooses is seen when they are generated.
 */
export function asksForPublicKey(config: JsonObject, cwd: string): boolean {
  const { boot_command: command, http_directory: directory, gen_files_extension: extension } = config;
  if (Array.isArray(command) && PUBLIC_KEY.test(command.join(''))) return true;
  if (typeof directory !== 'string' || directory === '' || typeof extension !== 'string') return false;
  return templatesBelow(resolve(cwd, directory), `.${extension}`).some((path) => {
    try {
      return PUBLIC_KEY.test(readFileSync(path, 'utf8'));
    } catch {
      // What cannot be read is told where it is generated.
      return false;
    }
  });
}

function templatesBelow(directory: string, ending: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => join(directory, name));
  } catch {
    // That the directory is missing is told elsewhere.
    return [];
  }
}

/**
 * The key pair that is made for the build: when the template shows its public half to the guest, and no private key is given whose
 * public half would be meant.
 */
export function temporaryKeyPairOf(config: JsonObject, cwd: string): TemporaryKeyPair | undefined {
  if (config['communicator'] !== 'ssh' || config['ssh_private_key_file']) return undefined;
  if (!asksForPublicKey(config, cwd)) return undefined;
  const { temporary_key_pair_bits: bits, temporary_key_pair_name: name } = config;
  const size = typeof bits === 'number' && bits > 0 ? bits : undefined;
  // A size alone means the kind that Packer would make.
  const type = config['temporary_key_pair_type'] || (size === undefined ? 'ed25519' : 'rsa');
  return {
    type: type as TemporaryKeyPair['type'],
    bits: size,
    name: typeof name === 'string' && name !== '' ? name : undefined,
  };
}
