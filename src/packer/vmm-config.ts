import { resolve } from 'node:path';
import { parseChecksumSource } from '../lib/checksum.ts';
import type { ChecksumSource } from '../lib/checksum.ts';
import { parseDuration } from '../lib/duration.ts';
import type { CdSource } from '../plan/cd-source.ts';
import type { IsoSource } from '../plan/iso-source.ts';
import type { JsonObject } from '../plan/json.ts';
import type { VmmConfig } from '../plan/vmm-config.ts';
import type { DecodedBlock } from './decode.ts';
import { absolutePath, cacheDirectory, placeOf } from './paths.ts';
import { reader } from './reader.ts';
import type { Reader, Surroundings } from './reader.ts';

/** Default of `boot_wait`; 0 means the default too. */
const BOOT_WAIT = 10_000;

/** Makes the configuration of the builder of a block without errors. */
export function vmmConfigOf(block: DecodedBlock, { cwd, env }: Surroundings): VmmConfig {
  const read = reader(block.config);
  const path = (name: string): string | undefined => {
    const value = read.text(name);
    return value === undefined ? undefined : resolve(cwd, value);
  };
  const vmName = read.text('vm_name') ?? '';
  const content = block.config['http_content'];
  return {
    vm_name: vmName,
    vm_template: read.text('vm_template') ?? '',
    boot_device: read.text('boot_device') as VmmConfig['boot_device'],
    boot: path('boot'),
    cdrom: path('cdrom'),
    iso: isoSourceOf(read, { cwd, env }),
    cd: cdSourceOf(block.config, read, cwd),
    disk_format: read.text('disk_format') as VmmConfig['disk_format'],
    disk_base: path('disk_base'),
    disk_size: read.text('disk_size'),
    disk_additional_size: read.list('disk_additional_size').map(String),
    memory: read.text('memory'),
    cpus: read.number('cpus'),
    switches: read.list('switches').map(String),
    log_directory: path('log_directory') ?? cwd,
    output_directory: path('output_directory') ?? cwd,
    given_output_directory: read.text('output_directory'),
    gen_files_extension: read.text('gen_files_extension') ?? '',
    gen_files_pattern: read.text('gen_files_pattern') ?? vmName,
    boot_command: read.list('boot_command').join(''),
    boot_wait: read.duration('boot_wait') || BOOT_WAIT,
    boot_key_interval: read.duration('boot_key_interval') || keyIntervalOf(env),
    boot_keygroup_interval: read.duration('boot_keygroup_interval'),
    console_fatal_patterns: read.list('console_fatal_patterns').map(String),
    console_ignore_patterns: read.list('console_ignore_patterns').map(String),
    http_directory: path('http_directory'),
    http_content: content === undefined ? undefined : (content as Readonly<Record<string, string>>),
    http_port_min: read.number('http_port_min') ?? 0,
    http_port_max: read.number('http_port_max') ?? 0,
    http_bind_address: read.text('http_bind_address'),
    communicator: read.text('communicator') as VmmConfig['communicator'],
    shutdown_command: read.text('shutdown_command'),
    shutdown_timeout: read.duration('shutdown_timeout') ?? 0,
  };
}

function cdSourceOf(config: JsonObject, read: Reader, directory: string): CdSource | undefined {
  const files = read.list('cd_files').map(String);
  const given = config['cd_content'] as Readonly<Record<string, string>> | undefined;
  const content = Object.entries(given ?? {}).map(([path, text]) => [path.replace(/^\//, ''), text]);
  if (files.length === 0 && content.length === 0) return undefined;
  const texts = Object.fromEntries(content) as CdSource['content'];
  return { files, directory, content: texts, label: read.text('cd_label') ?? '' };
}

function isoSourceOf(read: Reader, { cwd, env }: Surroundings): IsoSource | undefined {
  const url = read.text('iso_url');
  const places = url === undefined ? read.list('iso_urls') : [url];
  const urls = places.flatMap((place) => (typeof place === 'string' ? (placeOf(place, cwd) ?? []) : []));
  if (urls.length === 0) return undefined;
  const target = read.text('iso_target_path');
  return {
    urls,
    checksum: checksumOf(read.text('iso_checksum') ?? 'none', cwd),
    targetPath: target === undefined ? undefined : absolutePath(target, cwd),
    cacheDirectory: resolve(cwd, cacheDirectory(env, 'vmm-hcl')),
  };
}

function checksumOf(text: string, cwd: string): ChecksumSource {
  const parsed = parseChecksumSource(text);
  if ('fault' in parsed) throw new TypeError(`a checksum that was judged to be good ${parsed.fault}`);
  const { source } = parsed;
  if (source === 'none' || !('file' in source)) return source;
  return { file: placeOf(source.file, cwd) ?? source.file };
}

/** `PACKER_KEY_INTERVAL`, below `boot_key_interval`; undefined when it is not a positive duration. */
function keyIntervalOf(env: Surroundings['env']): number | undefined {
  const interval = parseDuration(env['PACKER_KEY_INTERVAL'] ?? '');
  return interval !== undefined && interval > 0 ? interval : undefined;
}
