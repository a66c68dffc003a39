import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { absolutePath } from '../paths.ts';
import { kindOf } from '../files.ts';
import { at, known, shown } from './context.ts';
import type { RuleContext } from './context.ts';

/** Whether the private key that an attribute names can be used without asking anyone. */
export function checkKeyFile(context: RuleContext, name: string): Diagnostic[] {
  const path = known(context, name);
  if (typeof path !== 'string') return [];
  const file = absolutePath(path, context.cwd);
  if (kindOf(file) !== 'file') return [];
  let fault: string | undefined;
  try {
    fault = faultOfKey(readFileSync(file, 'latin1'));
  } catch (error) {
    fault = `cannot be read: ${(error as Error).message}.`;
  }
  if (fault === undefined) return [];
  return [at(context, name, 'ssh-key-invalid', `The key ${shown(context, name)} ${fault}`)];
}

/** What makes a private key unusable without asking anyone; undefined for a good one. */
function faultOfKey(text: string): string | undefined {
  const match = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----([\s\S]*?)-----END/.exec(text);
  if (!match) {
    const isPublic = /^(ssh|ecdsa|sk)-[a-z0-9-]+ /.test(text);
    return isPublic
      ? 'is a public key. Name the file without .pub.'
      : 'is not a private key in PEM or OpenSSH form. Make one with ssh-keygen -t ed25519.';
  }
  const [, kind = '', body = ''] = match;
  const encrypted =
    'is protected by a passphrase, and nobody is there to type it. Use a key without one, or ssh_agent_auth.';
  if (kind.includes('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(body)) return encrypted;
  if (!kind.startsWith('OPENSSH')) return undefined;
  const bytes = Buffer.from(body.replace(/\s+/g, ''), 'base64');
  // openssh-key-v1: the magic with its NUL, then the name of the cipher with its length.
  const cipher = bytes.subarray(19, 19 + 4).toString('latin1');
  return cipher === 'none' ? undefined : encrypted;
}
