/** What both drivers take. */
export interface HypervisorOptions {
  /** Default: process.env. */
  readonly env?: NodeJS.ProcessEnv;
  /** A vm.conf(5) that was named on the command line. */
  readonly vmConf?: string;
  /** Where ./vm.conf is looked for. Default: the current directory. */
  readonly cwd?: string;
  /** Directory of the Packer template, where a vm.conf(5) is looked for too. */
  readonly templateDirectory?: string;
  /** Told what the user may want to know and need not act upon, in full sentences. */
  readonly onNote?: (text: string) => void;
}
