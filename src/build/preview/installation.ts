import { estimateTyping } from '../../boot/estimate.ts';
import type { BootExpression } from '../../boot/expression.ts';
import { parseBootCommand } from '../../boot/parse.ts';
import { notesOn } from '../../http/file-mistakes.ts';
import { renderFiles } from '../../http/generated-files.ts';
import type { Action, KeyAction } from '../../plan/action.ts';
import type { SshConfig } from '../../plan/ssh-config.ts';
import type { VmmConfig } from '../../plan/vmm-config.ts';
import { clientsOf } from '../steps/http-server.ts';
import { asksForPort, NO_PORT, NO_SERVER_PORT, renderBootCommand } from '../guest/boot-text.ts';
import type { PreviewContext } from './preview.ts';

export function describeServer(context: PreviewContext): readonly Action[] {
  const { plan, hypervisor } = context;
  const { config, ssh } = plan.source;
  const addresses = hypervisor.expectAddresses({ guestPort: ssh.ssh_port });
  const address = config.http_bind_address ?? addresses.bind;
  const { http_port_min: min, http_port_max: max } = config;
  const only = onlyPort(config);
  const ports = only === undefined ? `a free port from ${min} to ${max - 1} (<http-port>)` : `port ${only}`;
  const served = clientsOf(config.http_bind_address, addresses);
  const clients = served === undefined ? '' : ` and answers ${served.join(', ')} only`;
  return [
    {
      type: 'note',
      text: `A server of this program listens at ${address}, ${ports},${clients} until the build ends.`,
    },
    ...(config.http_directory === undefined
      ? []
      : [fetchOf(context, '/', `the files of ${config.http_directory}`)]),
    ...Object.keys(config.http_content ?? {}).map((path) => fetchOf(context, path, 'http_content')),
  ];
}

/** The server's port, where the range leaves no choice; otherwise one of it is taken at random. */
export function onlyPort({ http_port_min: min, http_port_max: max }: VmmConfig): string | undefined {
  return min > 0 && max - min <= 1 ? String(min) : undefined;
}

function fetchOf({ http }: PreviewContext, path: string, what: string): Action {
  return { type: 'fetch', url: `http://${http?.host}:${http?.port}${path}`, what };
}

export async function describeFiles(context: PreviewContext): Promise<readonly Action[]> {
  const { plan, http } = context;
  const { config } = plan.source;
  if (http === undefined || config.http_directory === undefined) return [];
  const files = await renderFiles({
    source: config.http_directory,
    pattern: config.gen_files_pattern,
    extension: config.gen_files_extension,
    data: {
      VMName: config.vm_name,
      HTTPIP: http.host,
      HTTPPort: http.port,
      SSHPublicKey: publicKeyOf(context),
    },
  });
  if (files.length === 0) {
    const pattern = `${config.gen_files_pattern}*.${config.gen_files_extension}`;
    return [
      {
        type: 'note',
        text: `No file of ${config.http_directory} is called ${pattern}, so nothing is generated.`,
      },
    ];
  }
  return [
    { type: 'path', path: '<temporary-folder>', what: 'generated files, for this user only', stays: false },
    ...files.flatMap(({ template, target, before, text }): Action[] => [
      {
        type: 'generated-file',
        name: target,
        source: `${config.http_directory}/${template}`,
        before,
        after: text,
      },
      ...notesOn(`${config.http_directory}/${template}`, before).map((text): Action => ({
        type: 'note',
        text,
      })),
      fetchOf(context, `/${target}`, 'generated'),
    ]),
  ];
}

/** Stand for an address and a port that are not known yet, as one character each that nobody types. */
const HOST_MARK = '\u{E000}';
const PORT_MARK = '\u{E001}';
const KEY_MARK = '\u{E002}';

export function describeBootCommand(context: PreviewContext): readonly Action[] {
  const { plan, http } = context;
  const { source } = plan;
  const { config } = source;
  const host = http?.host ?? context.hypervisor.expectAddresses({ guestPort: source.ssh.ssh_port }).host;
  const port = http?.port ?? NO_PORT;
  const isUnknown = (text: string) => text.startsWith('<');
  const marked = renderBootCommand(source, {
    host: isUnknown(host) ? HOST_MARK : host,
    port: isUnknown(port) ? PORT_MARK : port,
    publicKey: publicKeyOf(context) && KEY_MARK,
  });
  const named = (text: string) =>
    text
      .replaceAll(HOST_MARK, host)
      .replaceAll(PORT_MARK, port)
      .replaceAll(KEY_MARK, PUBLIC_KEY)
      .replaceAll(encodeURIComponent(KEY_MARK), PUBLIC_KEY);
  const { expressions, problems } = parseBootCommand(marked);
  const intervals = { keyInterval: config.boot_key_interval, groupInterval: config.boot_keygroup_interval };
  // For the time, an address, a port and a key as long as they usually are.
  const usual = marked
    .replaceAll(HOST_MARK, '100.64.1.2')
    .replaceAll(PORT_MARK, String(config.http_port_min))
    .replaceAll(
      new RegExp(`${KEY_MARK}|${encodeURIComponent(KEY_MARK)}`, 'g'),
      'k'.repeat(keyLength(source.ssh)),
    );
  const typing = estimateTyping(parseBootCommand(usual).expressions, intervals);
  const urls = [...marked.matchAll(/https?:\/\/[^\s<>"'\\]+/g)].map(([url]) => named(url));
  return [
    ...(config.boot_wait > 0
      ? [{ type: 'wait', milliseconds: config.boot_wait, text: 'boot_wait' } satisfies Action]
      : []),
    ...(http === undefined && asksForPort(source)
      ? [{ type: 'problem', text: NO_SERVER_PORT } satisfies Action]
      : []),
    ...problems.map(({ message, severity }): Action => ({
      type: severity === 'error' ? 'problem' : 'note',
      text: named(message),
    })),
    { type: 'keys', keys: keysOf(expressions, marked, named), milliseconds: typing },
    ...[...new Set(urls)].map((url): Action => ({ type: 'fetch', url, what: 'named in the boot command' })),
  ];
}

/** What stands for the public key before there is one. */
const PUBLIC_KEY = '<public-key>';

function publicKeyOf({ data }: PreviewContext): string | undefined {
  return data.SSHPublicKey === '' ? undefined : PUBLIC_KEY;
}

/** Characters of a public key, with its comment. */
function keyLength({ temporary_key_pair: pair }: SshConfig): number {
  return { rsa: 750, ecdsa: 270, ed25519: 100 }[pair?.type ?? 'ed25519'];
}

/** The keys, with plain characters that follow each other in one text. */
function keysOf(
  expressions: readonly BootExpression[],
  command: string,
  named: (text: string) => string,
): KeyAction[] {
  const keys: KeyAction[] = [];
  let text = '';
  const endText = () => {
    if (text !== '') keys.push({ type: 'text', text: named(text) });
    text = '';
  };
  for (const expression of expressions) {
    if (expression.type === 'character' && expression.action === 'press') {
      text += expression.character;
      continue;
    }
    endText();
    const { offset, length } = expression;
    if (expression.type === 'wait') keys.push({ type: 'wait', milliseconds: expression.milliseconds });
    else keys.push({ type: 'key', key: command.slice(offset, offset + length) });
  }
  endText();
  return keys;
}

export function describeInstall(): readonly Action[] {
  return [{ type: 'note', text: 'Waits, without a limit, until the installer has powered the machine off.' }];
}
