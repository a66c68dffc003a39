/** What differs from the usual source and build; HCL expressions as JSON values. */
export interface Source {
  readonly source?: Readonly<Record<string, unknown>>;
  /** `none`: the build ends with the installation. */
  readonly communicator?: 'none';
  /** Arguments of the shell provisioner. */
  readonly shell?: Readonly<Record<string, unknown>>;
  /** Text behind the provisioners of the build block. */
  readonly build?: string;
}

const ANSWERS = 'hostname = web\nfinish = poweroff\n';

/** The text of a template that uses every step but those that `change` takes away. */
export function templateText(change: Source, provisioner: object, sshPort: number): string {
  const none = change.communicator === 'none';
  const shell = { inline: ['true'], ...provisioner, ...change.shell };
  const source = {
    vm_name: 'web',
    vm_template: 'tiny',
    output_directory: 'out',
    log_directory: 'log',
    disk_format: 'qcow2',
    disk_size: '1G',
    memory: '256M',
    cdrom: 'installer.iso',
    boot_device: 'cdrom',
    http_content: { '/a': ANSWERS },
    boot_wait: '-1s',
    boot_command: ['i http://{{ .HTTPIP }}:{{ .HTTPPort }}/a<enter>'],
    ...(none ? { communicator: 'none' } : SSH),
    ...(none ? {} : { ssh_port: sshPort }),
    ...change.source,
  };
  const provisioners = none ? '' : `  provisioner "shell" {\n${attributes(shell, 4)}  }\n`;
  return `source "vmm" "web" {\n${attributes(source, 2)}}\n
build {\n  sources = ["source.vmm.web"]\n${provisioners}${change.build ?? ''}}\n`;
}

const SSH = {
  ssh_username: 'root',
  ssh_password: 'tiny-secret',
  ssh_timeout: '60s',
  shutdown_command: 'poweroff',
  shutdown_timeout: '20s',
};

/** `null` takes an attribute away. */
function attributes(values: object, indent: number): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${' '.repeat(indent)}${name} = ${JSON.stringify(value)}\n`)
    .join('');
}
