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

const OF_BUILD = 'It belongs into a build block.';
const OF_FILE = 'It belongs to the top level of a file, outside of all blocks.';

/** Where blocks belong that people put into others. */
const PLACES: Readonly<Record<string, string>> = {
  provisioner: OF_BUILD,
  'error-cleanup-provisioner': OF_BUILD,
  'post-processor': OF_BUILD,
  'post-processors': OF_BUILD,
  sources: OF_BUILD,
  build: OF_FILE,
  source: OF_FILE,
  variable: OF_FILE,
  variables: OF_FILE,
  locals: OF_FILE,
  local: OF_FILE,
  data: OF_FILE,
  packer: OF_FILE,
  required_plugins: 'It belongs into the packer block.',
  validation: 'It belongs into a variable block.',
  builder: 'A builder is written source "TYPE" "NAME" { … } here.',
  output: 'It belongs to Terraform: Packer has no outputs.',
  module: 'It belongs to Terraform: Packer has no modules.',
  provider:
    'It belongs to Terraform: here plugins are named in packer { required_plugins { … } }, and those that are needed are built in.',
  resource: 'It belongs to Terraform: what is built is written source "TYPE" "NAME" { … } here.',
  terraform: 'It belongs to Terraform: here the block is called packer.',
};

/** Where a block or an argument belongs that stands in the wrong place; undefined if it belongs nowhere. */
export function placeOf(name: string): string | undefined {
  return Object.hasOwn(PLACES, name) ? PLACES[name] : undefined;
}

/** Advice about a name that a block does not have and that resembles none of its own. */
export function foreignAdvice(schema: string, name: string): string {
  const known =
    schema === 'source-vmm' && Object.hasOwn(SOURCE_OPTIONS, name) ? SOURCE_OPTIONS[name] : undefined;
  return known ?? placeOf(name) ?? 'Remove it, or see the documentation of the block for the names it knows.';
}
