/** What it means when the guest will not go on by itself, whatever is waited for. */
export interface FatalText {
  readonly meaning: string;
  readonly hint: string;
}

const PANIC_HINT =
  'The console log has the messages before it; more memory or another kernel option may help.';
const ANSWERS_HINT =
  'Correct the response file; each installer question must have an answer there or a default. /tmp/ai/ai.log in the guest has the details.';

/**
 * Texts that only a dead end prints, at the place of the line where it prints them. A pattern that some healthy guest shows
 * ends good builds, so anything less certain is left to the eyes of the user.
 */
const FATAL: readonly (FatalText & { readonly pattern: RegExp })[] = [
  {
    // Linux, kernel/panic.c; after the time stamp of the message.
    pattern: /^(\[ *\d+\.\d+\] )?Kernel panic - not syncing: /,
    meaning: 'The kernel of the guest panicked',
    hint: PANIC_HINT,
  },
  {
    // initramfs-tools of Debian and Ubuntu, and Alpine's mkinitfs: both start a shell and wait.
    pattern:
      /^(ALERT! +\S+ does not exist\. +Dropping to a shell!|initramfs emergency recovery shell launched\.)/,
    meaning: 'The system found no root file system, and its initramfs started a shell',
    hint: 'Check what the boot loader names as root, and that the initramfs has the virtio drivers.',
  },
  {
    // OpenBSD's kernel debugger waits for somebody to type.
    pattern: /^ddb(\{\d+\})?> $/,
    meaning: 'The kernel of the guest stopped in its debugger',
    hint: PANIC_HINT,
  },
  {
    // SeaBIOS, when it has tried everything.
    pattern: /^No bootable device\./,
    meaning: 'The firmware found nothing to boot',
    hint: 'Check cdrom and boot_device: the machine must boot the installation medium first, and the installation must leave a boot loader on the disk.',
  },
  {
    // OpenBSD's installer in non-interactive mode; it goes back to its first prompt and waits there for ever.
    pattern: /^Question has no answer in response file: "/,
    meaning: 'The OpenBSD installer found no answer in its response file',
    hint: ANSWERS_HINT,
  },
  {
    pattern: /^No response file found; non-interactive mode aborted\./,
    meaning: 'The OpenBSD installer found no response file',
    hint: 'See the HTTP requests above: the installer asks for /install.conf on port 80 unless the boot command names another URL.',
  },
  {
    pattern: /^(Autopartitioning failed|No autopartitioning template found)\./,
    meaning: 'The OpenBSD installer could not partition the disk',
    hint: 'Check the autopartitioning template, and disk_size.',
  },
  {
    pattern: /^failed; check \/tmp\/ai\/ai\.log$/,
    meaning: 'The non-interactive OpenBSD installation failed',
    hint: ANSWERS_HINT,
  },
];

/** The dead end that a line of the console, which may still be unfinished, shows by itself. */
export function fatalText(line: string): FatalText | undefined {
  return FATAL.find(({ pattern }) => pattern.test(line));
}
