import type { CdSource } from './cd-source.ts';
import type { IsoSource } from './iso-source.ts';

/** The vmm source block after evaluation, with defaults filled in. Names are those of the variable table. */
export interface VmmConfig {
  readonly vm_name: string;
  readonly vm_template: string;
  readonly boot_device?: 'disk' | 'cdrom' | 'net';
  readonly boot?: string;
  readonly cdrom?: string;
  /** In place of `cdrom`: an ISO image that is fetched first. */
  readonly iso?: IsoSource;
  /** A CD that is made for the build. */
  readonly cd?: CdSource;
  readonly disk_format: 'raw' | 'qcow2';
  readonly disk_base?: string;
  readonly disk_size?: string;
  /** Sizes of further disks. */
  readonly disk_additional_size?: readonly string[];
  readonly memory?: string;
  readonly cpus?: number;
  readonly switches?: readonly string[];
  /** Absolute path. */
  readonly log_directory: string;
  /** Absolute path. */
  readonly output_directory: string;
  /** As the template has it, which is how Packer's manifest names it. Default: the absolute path. */
  readonly given_output_directory?: string;
  readonly gen_files_extension: string;
  readonly gen_files_pattern: string;
  /** Joined without separators, `{{ }}` not rendered yet. */
  readonly boot_command: string;
  /** Milliseconds; negative: do not wait. Packer's default is 10 s. */
  readonly boot_wait: number;
  /** Milliseconds between keys; undefined: as fast as the console echoes. */
  readonly boot_key_interval?: number;
  /** Milliseconds between groups of keys. */
  readonly boot_keygroup_interval?: number;
  /** RE2; a line of the console that matches ends the build. */
  readonly console_fatal_patterns?: readonly string[];
  /** RE2; a line of the console that matches never ends the build. */
  readonly console_ignore_patterns?: readonly string[];
  /** Absolute path. */
  readonly http_directory?: string;
  /** Keys are URL paths that start with `/`. */
  readonly http_content?: Readonly<Record<string, string>>;
  readonly http_port_min: number;
  readonly http_port_max: number;
  readonly http_bind_address?: string;
  readonly communicator: 'ssh' | 'none';
  readonly shutdown_command?: string;
  /** Milliseconds; default 5 minutes. */
  readonly shutdown_timeout: number;
}
