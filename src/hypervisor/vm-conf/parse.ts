import { readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Place, type SwitchDefinition, type VmConf, VmConfError, type VmDefinition } from './config.ts';
import { TokenReader } from './token-reader.ts';
import { parseVm } from './vm-block.ts';

/** How the files are read; by default with node:fs. Both throw as its functions do. */
export interface VmConfFiles {
  readFile(path: string): string;
  /** The path without symbolic links: a file must not include itself. */
  realpath(path: string): string;
}

const FILE_SYSTEM: VmConfFiles = {
  readFile: (path) => readFileSync(path, 'utf8'),
  realpath: (path) => realpathSync(path),
};

interface Draft {
  readonly files: VmConfFiles;
  readonly vms: VmDefinition[];
  readonly switches: SwitchDefinition[];
  readonly macros: Map<string, string>;
  /** Real paths of the files being read, outermost first. */
  readonly open: string[];
  localPrefix?: string;
  socketOwner?: string;
}

/**
 * Reads a vm.conf(5) and the files it includes.
 * @throws VmConfError for syntax errors and unreadable includes; the file system's error when `file` itself cannot be read.
 */
export function readVmConf(file: string, files: VmConfFiles = FILE_SYSTEM): VmConf {
  return parseVmConf(files.readFile(file), file, files);
}

/** Parses the text of a vm.conf(5); `file` names it in errors and is where relative includes start from. */
export function parseVmConf(text: string, file: string, files: VmConfFiles = FILE_SYSTEM): VmConf {
  const draft: Draft = { files, vms: [], switches: [], macros: new Map(), open: [file] };
  parseFile(text, file, draft);
  const { vms, switches, localPrefix, socketOwner } = draft;
  return { vms, switches, localPrefix, socketOwner };
}

function parseFile(text: string, file: string, draft: Draft): void {
  const reader = new TokenReader(text, file, draft.macros);
  for (reader.skipNewlines(); reader.peek().type !== 'end'; reader.skipNewlines()) {
    parseStatement(reader, draft);
    reader.endOfStatement();
  }
}

/** statement = macro | include | vm | switch | "local" … | "socket" … | "staggered" … | "agentx" … */
function parseStatement(reader: TokenReader, draft: Draft): void {
  const { text, place } = reader.word('a statement');
  if (reader.peek().type === '=') {
    reader.take();
    draft.macros.set(text, macroText(reader));
    return;
  }
  switch (text) {
    case 'include':
      return include(reader.string('the name of a file'), place, draft);
    case 'vm': {
      const vm = parseVm(reader, place);
      const earlier = draft.vms.find(({ name }) => name === vm.name);
      if (earlier !== undefined) {
        throw new VmConfError(place, `vm "${vm.name}" is defined already in line ${earlier.place.line}`);
      }
      draft.vms.push(vm);
      return;
    }
    case 'switch':
      draft.switches.push(parseSwitch(reader));
      return;
    case 'local':
      if (reader.takeWord('inet6') && !reader.takeWord('prefix')) return;
      else if (reader.takeWord('prefix')) draft.localPrefix = reader.string('an address prefix');
      return void reader.restOfLine();
    case 'socket':
      reader.expectWord('owner');
      draft.socketOwner = reader.string('a user, :group or user:group');
      return;
    case 'staggered':
    case 'agentx':
      return void reader.restOfLine();
    default:
      throw new VmConfError(place, `"${text}" is no statement of vm.conf(5)`);
  }
}

function macroText(reader: TokenReader): string {
  return reader
    .restOfLine()
    .map(({ text }) => text)
    .join(' ');
}

function include(name: string, place: Place, draft: Draft): void {
  const path = resolve(dirname(place.file), name);
  let text: string;
  let real: string;
  try {
    real = draft.files.realpath(path);
    text = draft.files.readFile(real);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new VmConfError(place, `the included file ${path} ${why}`, { cause: error });
  }
  if (draft.open.includes(real)) throw new VmConfError(place, `${path} includes itself`);
  draft.open.push(real);
  parseFile(text, path, draft);
  draft.open.pop();
}

/** switch = "switch" name "{" { option newline } "}" */
function parseSwitch(reader: TokenReader): SwitchDefinition {
  const name = reader.string('the name of a switch');
  let interfaceName: string | undefined;
  reader.block((option) => {
    switch (option.text) {
      case 'interface':
        interfaceName = reader.string('the name of an interface');
        return;
      case 'group':
      case 'rdomain':
        reader.string('a value');
        return;
      case 'locked':
        reader.expectWord('lladdr');
        return;
      case 'enable':
      case 'disable':
      case 'up':
      case 'down':
        return;
      default:
        throw new VmConfError(option.place, `"${option.text}" is no option of a switch`);
    }
  });
  return { name, interface: interfaceName };
}
