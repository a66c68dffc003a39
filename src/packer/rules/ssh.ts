import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { checkKeyFile } from './key-file.ts';
import { problem, warning } from '../problems.ts';
import { at, isAbsent, known } from './context.ts';
import type { RuleContext } from './context.ts';
import { checkAlgorithms, checkRoute, checkTunnels } from './ssh-route.ts';
import { asksForPublicKey } from '../temporary-key.ts';

/** The ways to log in that a source can name. */
const WAYS = ['ssh_password', 'ssh_private_key_file', 'ssh_agent_auth'];
const TEMPORARY_KEY = ['temporary_key_pair_type', 'temporary_key_pair_bits', 'temporary_key_pair_name'];
const HOW_TO_SHOW_KEY =
  'put {{ .SSHPublicKey }} into boot_command or into a file that is generated from http_directory';

/** What a schema cannot say about the way into the guest. */
export function checkSsh(context: RuleContext): Diagnostic[] {
  const { block } = context;
  if (block.config['communicator'] !== 'ssh' || block.bad.has('communicator')) return [];
  if (block.given.get('communicator')?.unknown) return [];
  return [
    ...checkLogin(context),
    ...checkKeyFile(context, 'ssh_private_key_file'),
    ...checkTemporaryKey(context),
    ...checkRoute(context),
    ...checkTunnels(context),
    ...checkAlgorithms(context),
  ];
}

function checkLogin(context: RuleContext): Diagnostic[] {
  const { block, headerRange, title } = context;
  const diagnostics: Diagnostic[] = [];
  const isGiven = (name: string) =>
    block.bad.has(name) || (!isAbsent(context, name) && block.config[name] !== false);
  const hasWay =
    WAYS.some(isGiven) || block.bad.has('boot_command') || asksForPublicKey(block.config, context.cwd);
  if (isAbsent(context, 'ssh_username')) {
    const also = hasWay ? '' : ' and a way to log in (ssh_password, ssh_private_key_file or ssh_agent_auth)';
    const detail = `${title} is reached by ssh, so it needs ssh_username${also}. Add ssh_username = "root", or set communicator = "none" if nothing is to be provisioned.`;
    // A misspelt name has been reported as such.
    if (!block.misspelt.has('ssh_username'))
      diagnostics.push(problem('ssh-user-missing', detail, headerRange));
  } else if (!hasWay && !WAYS.some((name) => block.misspelt.has(name))) {
    const temporary = TEMPORARY_KEY.find((name) => block.given.has(name));
    const detail =
      temporary === undefined
        ? `${title} has no way to log in as ssh_username. Set ssh_password, ssh_private_key_file, or ssh_agent_auth = true; or let a temporary key pair do it: ${HOW_TO_SHOW_KEY}.`
        : `A temporary key pair is the only way to log in as ssh_username, but nothing brings its public half into the guest. For that, ${HOW_TO_SHOW_KEY}; or set ssh_password, ssh_private_key_file, or ssh_agent_auth = true.`;
    diagnostics.push(
      problem('ssh-authentication-missing', detail, block.rangeOf(temporary ?? 'ssh_username')),
    );
  }
  if (block.config['ssh_agent_auth'] === true && !context.env['SSH_AUTH_SOCK']) {
    const detail =
      'ssh_agent_auth is true, but SSH_AUTH_SOCK is not set, so there is no agent to ask. Start ssh-agent(1) and add the key, or name it with ssh_private_key_file.';
    const severity = context.runsHere ? 'error' : 'warning';
    diagnostics.push(at(context, 'ssh_agent_auth', 'ssh-agent-missing', detail, { severity }));
  }
  return diagnostics;
}

/** The sizes that `temporary_key_pair_bits` can have. Less than 1024 bits no OpenSSH takes; more than 16384 it neither makes nor takes. */
const RSA_BITS = { least: 1024, most: 16384 };
const ECDSA_BITS = [256, 384, 521];

function checkTemporaryKey(context: RuleContext): Diagnostic[] {
  const { block } = context;
  const given = [...TEMPORARY_KEY, 'ssh_clear_authorized_keys'].flatMap((name) => {
    const decoded = block.given.get(name);
    return decoded === undefined || decoded.json === '' || decoded.json === false ? [] : [decoded];
  });
  const ignored = (why: string) =>
    given.map(({ name, attribute }) =>
      warning('attribute-ignored', `${name} has no effect: ${why}`, attribute.nameRange),
    );
  if (!isAbsent(context, 'ssh_private_key_file')) {
    return ignored('ssh_private_key_file is set, so no temporary key pair is made. Remove one of the two.');
  }
  if (!asksForPublicKey(block.config, context.cwd)) {
    // Without another way in that is an error already.
    const hasWay = WAYS.some((name) => !isAbsent(context, name) && block.config[name] !== false);
    return hasWay
      ? ignored(
          `nothing brings the public half of a temporary key pair into the guest, so none is made. For that, ${HOW_TO_SHOW_KEY}; or remove the line.`,
        )
      : [];
  }
  return checkBits(context);
}

function checkBits(context: RuleContext): Diagnostic[] {
  const name = 'temporary_key_pair_bits';
  const bits = known(context, name);
  if (typeof bits !== 'number' || context.block.bad.has('temporary_key_pair_type')) return [];
  switch (context.block.config['temporary_key_pair_type']) {
    case 'ed25519': {
      const detail = `${name} has no effect: an ed25519 key has always 256 bits. Remove the line.`;
      return [warning('attribute-ignored', detail, context.block.given.get(name)?.attribute.nameRange)];
    }
    case 'ecdsa': {
      if (ECDSA_BITS.includes(bits)) return [];
      const detail = `${name} is ${bits}; an ecdsa key has 256, 384 or 521.`;
      return [at(context, name, 'value-out-of-range', detail)];
    }
    default: {
      if (bits >= RSA_BITS.least && bits <= RSA_BITS.most) return [];
      const detail = `${name} is ${bits}; an rsa key has ${RSA_BITS.least} to ${RSA_BITS.most}, and today's servers want 2048 or more.`;
      return [at(context, name, 'value-out-of-range', detail)];
    }
  }
}
