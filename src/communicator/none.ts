import { CommunicatorError } from './communicator.ts';
import type { Communicator } from './communicator.ts';

/**
 * The communicator of `communicator = "none"`: there is no way into the guest, and whoever needs one is told so at once.
 * (Packer lets remote commands succeed without running them.)
 */
export const noCommunicator: Communicator = {
  type: 'none',
  exec: refuse,
  upload: refuse,
  uploadDirectory: refuse,
  download: refuse,
  downloadFiles: refuse,
  shell: refuse,
  relay: refuse,
  close: () => Promise.resolve(),
};

function refuse(): Promise<never> {
  return Promise.reject(
    new CommunicatorError(
      'The source block says communicator = "none", so nothing can be run in the guest, no files can be copied, and there is no shell.',
      {
        hint: 'Set communicator = "ssh" and ssh_username, or remove the provisioners that need the guest; its serial console is there in any case.',
        permanent: true,
      },
    ),
  );
}
