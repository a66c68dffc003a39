import type { FatalText } from './fatal-text.ts';

/** boot(8) switches its timeout off after as many failures, and waits for keys. */
const FAILURES_BEFORE_WAITING = 2;
/** For a loader that goes on all the same. */
const MOST_FAILURES = 3;

/** sys/stand/boot/boot.c; what loading the kernel has printed is on the same line or on the one before. */
const FAILED = /^(?:booting \S+: .*?)? ?failed\((\d+)\)\. will try \S+$/;
const BOOTING = /^booting (\S+):(?: (?!\d)|$)/;
/** What boot(8) prints between two failures when nobody types: "boot" is the command that the timeout stands for. */
const NO_PROGRESS =
  /^(boot>\s*(boot)?|cannot open \S+: .*|open ?\(?\S+\)?: .*|NOTE: random seed is being reused\.|)$/;

/** The errors that say more than that the disk cannot be read: ENOENT and ENOEXEC. */
const REASONS: Readonly<Record<string, string>> = {
  2: 'the boot image was not found',
  8: 'the boot image is no kernel',
};

/**
 * OpenBSD's boot loader tries the same kernel again and again, and then waits for somebody to type. One failure is no
 * dead end: a kernel that a boot command or boot.conf(5) has named may be missing while /bsd is there.
 */
export class BootLoop {
  #failures = 0;
  #kernel: string | undefined;
  #errno = '';

  /** @param line a line of the console, once it is complete */
  look(line: string): FatalText | undefined {
    const kernel = BOOTING.exec(line)?.[1];
    if (kernel !== undefined) this.#kernel = kernel;
    const errno = FAILED.exec(line)?.[1];
    if (errno !== undefined) {
      this.#errno = errno;
      this.#failures += 1;
      return this.#failures >= MOST_FAILURES ? this.#text() : undefined;
    }
    if (line === 'Turning timeout off.') {
      return this.#failures >= FAILURES_BEFORE_WAITING ? this.#text() : undefined;
    }
    if (kernel === undefined && !NO_PROGRESS.test(line)) this.#failures = 0;
    return undefined;
  }

  #text(): FatalText {
    const reason = REASONS[this.#errno] ?? 'the disk is not bootable';
    const of = this.#kernel === undefined ? '' : ` of ${this.#kernel}`;
    return {
      meaning: `The boot loader of OpenBSD failed ${this.#failures} times${of}, and goes no further: ${reason} (error ${this.#errno})`,
      hint: 'Before the installation: check cdrom, boot and boot_device. After it: check at the end of its console that it was complete and left a kernel and a boot loader on the disk. A boot_command may name another kernel, such as "boot hd0a:/bsd<enter>".',
    };
  }
}
