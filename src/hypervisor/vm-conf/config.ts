/** The contents of a vm.conf(5), as far as they say something about virtual machines. */
export interface VmConf {
  readonly vms: readonly VmDefinition[];
  readonly switches: readonly SwitchDefinition[];
  /** `local prefix`: where the addresses of local interfaces come from. Default: 100.64.0.0/10. */
  readonly localPrefix?: string;
  /** `socket owner`. */
  readonly socketOwner?: string;
}

/** Where something is defined; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface VmDefinition {
  readonly name: string;
  readonly place: Place;
  /** `vm NAME instance TEMPLATE`. */
  readonly instanceOf?: string;
  readonly disabled: boolean;
  /** As written, such as "512M". */
  readonly memory?: string;
  readonly cpus?: number;
  readonly disks: readonly { readonly path: string; readonly format?: 'raw' | 'qcow2' }[];
  readonly cdrom?: string;
  /** `boot PATH`: kernel or BIOS image. */
  readonly boot?: string;
  readonly bootDevice?: 'disk' | 'cdrom' | 'net';
  readonly interfaces: readonly InterfaceDefinition[];
  /** `owner`, outside `allow instance`. */
  readonly owner?: string;
  readonly allowInstance: {
    /** Options that an instance may set: boot, cdrom, cpus, disk, instance, interface, memory. */
    readonly options: readonly string[];
    /** Users and groups that may make instances. */
    readonly owners: readonly string[];
  };
}

export interface InterfaceDefinition {
  readonly local: boolean;
  readonly inet6: boolean;
  readonly switch?: string;
  readonly lladdr?: string;
}

export interface SwitchDefinition {
  readonly name: string;
  readonly interface?: string;
}

/** A vm.conf that cannot be read. The message starts with file, line and column. */
export class VmConfError extends Error {
  override name = 'VmConfError';
  constructor(
    readonly place: Place,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${place.file}:${place.line}:${place.column}: ${reason}`, options);
  }
}
