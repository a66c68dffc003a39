import { didYouMean } from '../hcl/suggestion.ts';
import { blockNames } from '../schema/index.ts';

/** What to do instead of the provisioners of Packer that are not run here. */
const PROVISIONERS: Readonly<Record<string, string>> = {
  powershell: 'It is for Windows guests, which vmm(4) does not run. Use a shell provisioner.',
  'windows-shell': 'It is for Windows guests, which vmm(4) does not run. Use a shell provisioner.',
  'windows-restart':
    'It is for Windows guests. Reboot with a shell provisioner and expect_disconnect = true.',
  'puppet-masterless':
    'Upload the manifests with a file provisioner and run puppet apply with a shell provisioner.',
  'puppet-server': 'Run puppet agent with a shell provisioner.',
  'chef-solo': 'Upload the cookbooks with a file provisioner and run chef-solo with a shell provisioner.',
  'chef-client': 'Run chef-client with a shell provisioner.',
  'salt-masterless':
    'Upload the states with a file provisioner and run salt-call --local with a shell provisioner.',
  salt: 'Upload the states with a file provisioner and run salt-call --local with a shell provisioner.',
  inspec: 'Run inspec with a shell-local provisioner.',
  converge: 'Run converge with a shell provisioner.',
};

const POST_PROCESSORS: Readonly<Record<string, string>> = {
  vagrant: 'Boxes are not made here; a script can pack the image and its metadata.json.',
  'vagrant-cloud': 'Upload with a script after the build.',
  'docker-import': 'The artifact is a disk image, not a file system. Remove it.',
};

/** The message about a type of provisioner that is not run here. */
export function unsupportedProvisioner(type: string): string {
  return unsupported('Provisioners', 'provisioner-', type, PROVISIONERS);
}

/** The message about a type of post-processor that is not run here. */
export function unsupportedPostProcessor(type: string): string {
  return unsupported('Post-processors', 'post-processor-', type, POST_PROCESSORS);
}

function unsupported(
  what: string,
  prefix: string,
  type: string,
  table: Readonly<Record<string, string>>,
): string {
  const known = blockNames()
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  const advice = Object.hasOwn(table, type) ? ` ${table[type]}` : didYouMean(type, known);
  return `${what} of type "${type}" are not run here; the types are ${known.join(', ')}.${advice}`;
}
