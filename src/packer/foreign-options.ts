/** Options of other builders that people bring along, and what to do about them here. */
const SOURCE_OPTIONS: Readonly<Record<string, string>> = {
  format: 'The format of the image is disk_format: "raw" or "qcow2".',
  disk_image: 'To start from an existing image name it with disk_base (and set disk_format = "qcow2").',
  backing_file: 'To start from an existing image name it with disk_base (and set disk_format = "qcow2").',
  accelerator: 'The hypervisor chooses it: remove the line.',
  headless: 'The console is a serial line and no window opens: remove the line.',
  cores: 'The number of processors is cpus.',
  net_device: 'The network comes from the vm.conf(5) template: remove the line.',
  disk_interface: 'Disks are virtio disks: remove the line.',
  qemuargs: 'The machine is described by the vm.conf(5) template: remove the line.',
  qemu_binary: 'The machine is described by the vm.conf(5) template: remove the line.',
  vnc_port_min: 'The console is a serial line, not VNC: remove the line.',
  vnc_port_max: 'The console is a serial line, not VNC: remove the line.',
  vnc_bind_address: 'The console is a serial line, not VNC: remove the line.',
  floppy_files:
    'vmm(4) has no floppy drives: serve the files with http_directory, or put them onto a CD with cd_files.',
  floppy_dirs:
    'vmm(4) has no floppy drives: serve the files with http_directory, or put them onto a CD with cd_files.',
  disable_shutdown: 'Leave shutdown_command out: the machine is asked to power off.',
  skip_export: 'The image stays where it is: remove the line.',
};

/** Advice about a name that a block does not have and that resembles none of its own. */
export function foreignAdvice(schema: string, name: string): string {
  const known =
    schema === 'source-vmm' && Object.hasOwn(SOURCE_OPTIONS, name) ? SOURCE_OPTIONS[name] : undefined;
  return known ?? 'Remove it, or see the documentation of the block for the names it knows.';
}
