import { parseBootCommand } from '../../boot/parse.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { checkCd } from './cd.ts';
import { checkConsolePatterns } from './console.ts';
import { checkDisk, checkSizes } from './disk.ts';
import { checkPaths } from './files.ts';
import { checkIso } from './iso.ts';
import { partOf, rangeInText } from '../places.ts';
import { problem, warning } from '../problems.ts';
import { at, isAbsent, known } from './context.ts';
import type { RuleContext } from './context.ts';
import { checkSsh } from './ssh.ts';

/** What a schema cannot say about a vmm source: rules across attributes, files, and what vmctl(8) refuses. */
export function checkSource(context: RuleContext): Diagnostic[] {
  return [
    ...checkName(context),
    ...checkDisk(context),
    ...checkSizes(context),
    ...checkSwitches(context),
    ...checkBoot(context),
    ...checkHttp(context),
    ...checkPaths(context.block, context),
    ...checkIso(context.block, context),
    ...checkCd(context),
    ...checkSsh(context),
    ...checkBootCommand(context),
    ...checkConsolePatterns(context),
    ...checkEffects(context),
  ];
}

/** vmctl(8): letters, digits, dots, underscores and hyphens, not first one of `.-_`, at most 63; all digits are an ID. */
function checkName(context: RuleContext): Diagnostic[] {
  const name = known(context, 'vm_name');
  const given = context.block.given.get('vm_name');
  if (given?.json === '') {
    return [at(context, 'vm_name', 'vm-name-invalid', 'vm_name is empty: give the machine a name.')];
  }
  if (typeof name !== 'string') return [];
  const text = given?.sensitive ? 'The name' : JSON.stringify(name);
  const fault = /^[0-9]+$/.test(name)
    ? 'is a number, which vmctl(8) takes for the ID of a machine. Put a letter into it.'
    : /[^A-Za-z0-9._-]/.test(name)
      ? 'holds other characters than the letters A to Z, digits, dots, underscores and hyphens, and vmctl(8) refuses it.'
      : /^[._-]/.test(name)
        ? `starts with one of . _ and -, which vmctl(8) refuses. Start it with a letter.`
        : name.length > 63
          ? `has ${name.length} characters, and vmctl(8) allows 63.`
          : undefined;
  if (fault !== undefined) return [at(context, 'vm_name', 'vm-name-invalid', `${text} ${fault}`)];
  if (name !== known(context, 'vm_template')) return [];
  const detail = `${text} is also the name of the template, so that it is taken: on OpenBSD vmctl(8) refuses it ("Too many processes"). Give the machine another name.`;
  return [at(context, 'vm_name', 'vm-name-taken', detail, { severity: 'warning' })];
}

/** vmd(8) gives a machine at most four interfaces, and the first one is the local one. */
const MOST_SWITCHES = 3;

function checkSwitches(context: RuleContext): Diagnostic[] {
  const names = known(context, 'switches');
  if (!Array.isArray(names) || names.length <= MOST_SWITCHES) return [];
  const detail = `switches has ${names.length} names. A machine of vmd(8) has at most four interfaces, and the first is the one by which the host reaches it. Name ${MOST_SWITCHES} switches at most.`;
  return [at(context, 'switches', 'value-out-of-range', detail)];
}

function checkBoot(context: RuleContext): Diagnostic[] {
  if (known(context, 'boot_device') !== 'net' || !isAbsent(context, 'boot')) return [];
  const detail =
    'boot_device = "net" starts an OpenBSD kernel in autoinstall mode, so the kernel must be named: boot = "bsd.rd".';
  return [at(context, 'boot_device', 'boot-device-needs-kernel', detail)];
}

function checkHttp(context: RuleContext): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  if (!isAbsent(context, 'http_directory') && !isAbsent(context, 'http_content')) {
    const detail =
      'Files are served from http_directory or from http_content, not from both. Remove one of the two.';
    diagnostics.push(at(context, 'http_content', 'http-conflict', detail));
  }
  const { http_port_min: least, http_port_max: most } = context.block.config;
  const isKnown = ['http_port_min', 'http_port_max'].every(
    (name) => !context.block.bad.has(name) && !context.block.given.get(name)?.unknown,
  );
  if (isKnown && typeof least === 'number' && typeof most === 'number' && least > most) {
    const name = context.block.given.has('http_port_max') ? 'http_port_max' : 'http_port_min';
    const detail = `http_port_min is ${least} and http_port_max is ${most}: there is no port between. Set http_port_max to ${least} or more.`;
    diagnostics.push(at(context, name, 'port-range-invalid', detail));
  }
  return diagnostics;
}

/** Keys and waits of boot_command, as far as `{{ }}` leaves them to be seen. */
function checkBootCommand(context: RuleContext): Diagnostic[] {
  const decoded = context.block.given.get('boot_command');
  // What is wrong with a sensitive text cannot be said without showing it.
  if (!decoded || decoded.unknown || decoded.sensitive || !Array.isArray(decoded.json)) return [];
  const items = decoded.json as readonly string[];
  return parseBootCommand(items.join('')).problems.map(({ severity, message, offset, length }) => {
    let start = offset;
    let index = 0;
    while (start >= (items[index] ?? '').length && index < items.length - 1) {
      start -= (items[index] ?? '').length;
      index++;
    }
    const expression = partOf(decoded.attribute.expression, [String(index)]);
    const range = rangeInText(expression, start, length, context.sources);
    return severity === 'error'
      ? problem('boot-command-invalid', message, range)
      : warning('boot-key-unknown', message, range);
  });
}

const HTTP_OPTIONS = ['http_port_min', 'http_port_max', 'http_bind_address', 'http_network_protocol'];
const GENERATED_FILES_OPTIONS = ['gen_files_pattern', 'gen_files_extension'];

/** Options that have no effect because another one is set, or is not: whoever wrote them expects one. */
function checkEffects(context: RuleContext): Diagnostic[] {
  const { block } = context;
  const isKnown = (name: string) => !block.bad.has(name) && !block.given.get(name)?.unknown;
  const given = (names: readonly string[]) =>
    [...block.given.values()].filter(({ name, json }) => names.includes(name) && json !== '');
  const ignored = (names: readonly string[], why: string): Diagnostic[] =>
    given(names).map(({ name, attribute }) =>
      warning('attribute-ignored', `${name} has no effect: ${why}`, attribute.nameRange),
    );
  const diagnostics: Diagnostic[] = [];
  if (block.config['communicator'] === 'none' && isKnown('communicator')) {
    const ssh = [...block.given.keys()].filter((name) => /^(ssh|temporary_key_pair)_/.test(name));
    const why = 'communicator is "none", so nobody logs in. Remove it, or set communicator = "ssh".';
    const shutdown =
      'it is run over ssh, and communicator is "none". The machine is asked to power off (vmctl stop) instead.';
    diagnostics.push(...ignored(ssh, why), ...ignored(['shutdown_command'], shutdown));
  }
  if (isAbsent(context, 'http_directory') && !block.misspelt.has('http_directory')) {
    if (isAbsent(context, 'http_content')) {
      diagnostics.push(...ignored(HTTP_OPTIONS, 'no files are served. Set http_directory or http_content.'));
    }
    diagnostics.push(
      ...ignored(
        GENERATED_FILES_OPTIONS,
        'the file templates are looked for in http_directory, which is not set.',
      ),
    );
  }
  return diagnostics;
}
