import { parseSize } from '../../lib/size.ts';
import { type InterfaceDefinition, type Place, VmConfError, type VmDefinition } from './config.ts';
import type { Token } from './lexer.ts';
import type { TokenReader } from './token-reader.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };
type Draft = Writable<Omit<VmDefinition, 'allowInstance'>> & {
  readonly allowInstance: { readonly options: string[]; readonly owners: string[] };
  /** `interfaces N`: at least so many. */
  interfaceCount: number;
};

/** vm = "vm" name [ "instance" template ] "{" { option newline } "}" */
export function parseVm(reader: TokenReader, place: Place): VmDefinition {
  const draft: Draft = {
    name: reader.string('the name of a virtual machine'),
    place,
    disabled: false,
    disks: [],
    interfaces: [],
    allowInstance: { options: [], owners: [] },
    interfaceCount: 0,
  };
  if (reader.takeWord('instance')) draft.instanceOf = reader.string('the name of a template');
  reader.block((option) => parseOption(reader, option, draft));
  const { interfaceCount, ...vm } = draft;
  while (vm.interfaces.length < interfaceCount) vm.interfaces.push({ local: false, inet6: false });
  return vm;
}

function parseOption(reader: TokenReader, option: Token, draft: Draft): void {
  switch (option.text) {
    case 'enable':
    case 'disable':
      draft.disabled = option.text === 'disable';
      return;
    case 'memory':
      draft.memory = size(reader);
      return;
    case 'cpus':
      draft.cpus = count(reader, 'a number of processors');
      return;
    case 'disk':
      draft.disks.push({ path: reader.string('the path of a disk image'), ...diskFormat(reader) });
      return;
    case 'cdrom':
      draft.cdrom = reader.string('the path of an ISO image');
      return;
    case 'boot':
      if (reader.takeWord('device')) draft.bootDevice = bootDevice(reader);
      else draft.boot = reader.string('the path of a kernel or "device"');
      return;
    case 'local':
      reader.expectWord('interface');
      draft.interfaces.push(parseInterface(reader, true));
      return;
    case 'interface':
      draft.interfaces.push(parseInterface(reader, false));
      return;
    case 'interfaces':
      draft.interfaceCount = count(reader, 'a number of interfaces');
      return;
    case 'owner':
      draft.owner = reader.string('a user, :group or user:group');
      return;
    case 'allow':
      reader.expectWord('instance');
      return parseAllowInstance(reader, draft);
    case 'agentx':
      return;
    default:
      throw new VmConfError(option.place, `"${option.text}" is no option of a vm`);
  }
}

/** One option, or a list of them in braces. */
function parseAllowInstance(reader: TokenReader, draft: Draft): void {
  const allow = ({ text, place }: Token) => {
    if (text === 'owner') draft.allowInstance.owners.push(reader.string('a user, :group or user:group'));
    else if (['boot', 'cdrom', 'cpus', 'disk', 'instance', 'interface', 'memory'].includes(text)) {
      draft.allowInstance.options.push(text);
    } else throw new VmConfError(place, `"${text}" is nothing that "allow instance" can allow`);
  };
  if (reader.peek().type === '{') reader.block(allow);
  else allow(reader.word('an option that instances may set'));
}

/** interface = "interface" [ name ] [ "{" { option newline } "}" ] */
function parseInterface(reader: TokenReader, local: boolean): InterfaceDefinition {
  const draft: Writable<InterfaceDefinition> = { local, inet6: false };
  // The name of the host's interface, such as tap1.
  if (reader.peek().type === 'string' || reader.peek().type === 'word') reader.take();
  if (reader.peek().type !== '{') return draft;
  reader.block((option) => {
    switch (option.text) {
      case 'switch':
        draft.switch = reader.string('the name of a switch');
        return;
      case 'locked':
        reader.expectWord('lladdr');
        draft.lladdr = optionalAddress(reader) ?? draft.lladdr;
        return;
      case 'lladdr':
        draft.lladdr = optionalAddress(reader) ?? draft.lladdr;
        return;
      case 'inet6':
        draft.inet6 = true;
        return;
      case 'group':
      case 'rdomain':
        reader.string('a value');
        return;
      case 'up':
      case 'down':
        return;
      default:
        throw new VmConfError(option.place, `"${option.text}" is no option of an interface`);
    }
  });
  return draft;
}

function optionalAddress(reader: TokenReader): string | undefined {
  return /^(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i.test(reader.peek().text) ? reader.take().text : undefined;
}

function size(reader: TokenReader): string {
  const { place } = reader.peek();
  const text = reader.string('a size such as 512M');
  if (parseSize(text) === undefined) {
    throw new VmConfError(place, `"${text}" is no size; write digits and one of B K M G T P E, such as 512M`);
  }
  return text;
}

function count(reader: TokenReader, what: string): number {
  const { place } = reader.peek();
  const text = reader.string(what);
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new VmConfError(place, `expected ${what}, found "${text}"`);
  return Number(text);
}

function diskFormat(reader: TokenReader): { format?: 'raw' | 'qcow2' } {
  if (!reader.takeWord('format')) return {};
  const { place } = reader.peek();
  const format = reader.string('raw or qcow2');
  if (format === 'raw' || format === 'qcow2') return { format };
  throw new VmConfError(place, `"${format}" is no disk format; vmd knows raw and qcow2`);
}

function bootDevice(reader: TokenReader): 'disk' | 'cdrom' | 'net' {
  const { place } = reader.peek();
  const device = reader.string('disk, cdrom or net');
  if (device === 'disk' || device === 'cdrom' || device === 'net') return device;
  throw new VmConfError(place, `"${device}" is no boot device; vmd knows disk, cdrom and net`);
}
