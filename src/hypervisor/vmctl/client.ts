import { findProgram } from '../../lib/process/find-program.ts';
import {
  describeEnd,
  type ProcessOptions,
  run,
  type RunResult,
  type RunningProcess,
  startProcess,
} from '../../lib/process/run.ts';
import { HypervisorError } from '../hypervisor.ts';
import type { HypervisorOptions } from '../options.ts';
import { CPUS_PROBE, statusArguments, waitArguments } from './arguments.ts';
import { explain, explainError } from './explain.ts';
import { type Limits, limitsFrom } from './limits.ts';
import { parseStatus, type StatusRow } from './status.ts';
import { tapAddress } from './tap.ts';

/** What vmctl(8) says about an option that it does not know. */
export const UNKNOWN_OPTION = /(?:unknown|illegal|invalid) option/;
/** Where the programs are besides the PATH. */
const VMCTL_FOLDERS = ['/usr/sbin'];
const IFCONFIG_FOLDERS = ['/sbin'];
const TAP_ARGUMENTS = ['tap'];

/** Runs vmctl(8) and ifconfig(8). Knows their command lines and output, and nothing of the life of a machine. */
export class VmctlClient {
  readonly limits: Limits;
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: HypervisorOptions) {
    this.#env = options.env ?? process.env;
    this.limits = limitsFrom(this.#env);
  }

  /** @throws HypervisorError when there is no such program. */
  program(): string {
    const named = this.#env['VMM_HCL_VMCTL'];
    const found = findProgram(named || 'vmctl', this.#env, VMCTL_FOLDERS);
    if (found !== undefined) return found;
    throw new HypervisorError(
      `The program ${named || 'vmctl'} was not found.`,
      named
        ? 'Correct VMM_HCL_VMCTL.'
        : 'vmctl(8) is part of OpenBSD. Elsewhere, build with -hypervisor=qemu, or set VMM_HCL_VMCTL.',
    );
  }

  /** The command lines of this client as `run` and its like would run them; a program that is not here keeps its plain name. */
  commandLines(): { vmctl(args: readonly string[]): string[]; readonly tap: string[] } {
    const named = this.#env['VMM_HCL_VMCTL'] || 'vmctl';
    const vmctl = findProgram(named, this.#env, VMCTL_FOLDERS) ?? named;
    const ifconfig = findProgram('ifconfig', this.#env, IFCONFIG_FOLDERS) ?? 'ifconfig';
    return { vmctl: (args) => [vmctl, ...args], tap: [ifconfig, ...TAP_ARGUMENTS] };
  }

  /** Runs a command to its end. It is out of reach of Ctrl-C on the terminal: what is begun is to be ended in order. */
  async run(
    args: readonly string[],
    options: { readonly signal?: AbortSignal; readonly timeout?: number; readonly accept?: 'any' } = {},
  ): Promise<RunResult> {
    return run(this.program(), args, { ...options, ...this.#common(), ownGroup: true });
  }

  /** Starts a command that lives as long as a machine, with its standard input open. */
  async attach(args: readonly string[], options: ProcessOptions): Promise<RunningProcess> {
    return startProcess(this.program(), args, { ...options, ...this.#common(), stdin: 'pipe' });
  }

  /** Starts `vmctl wait`. */
  async wait(name: string, signal: AbortSignal): Promise<RunningProcess> {
    return startProcess(this.program(), waitArguments(name), { ...this.#common(), signal, ownGroup: true });
  }

  /** The machines that vmd(8) knows. The exit status says nothing: it is 1 when there is no machine. */
  async status(signal?: AbortSignal, name?: string): Promise<StatusRow[]> {
    return (await this.#table(signal, name)) ?? [];
  }

  /** As `status`; undefined when vmctl(8) has printed nothing at all, which may mean no machine, or no answer. */
  async #table(signal?: AbortSignal, name?: string): Promise<StatusRow[] | undefined> {
    const what = `The state of ${name === undefined ? 'vmd(8)' : `the virtual machine ${name}`} is unknown`;
    let result: RunResult;
    try {
      result = await this.run(statusArguments(name), { signal, timeout: this.limits.query, accept: 'any' });
    } catch (error) {
      throw explainError({ what, name }, error);
    }
    // Of a vmctl that was killed, half a table may be here: a machine that is not in it may be in the other half.
    const ended = result.exitCode === 0 || result.exitCode === 1;
    const rows = ended ? parseStatus(result.stdout) : undefined;
    if (rows !== undefined) return rows;
    if (ended && result.stdout.trim() === '' && result.stderr.trim() === '') return undefined;
    const said = `${result.stderr}\n${result.stdout}`;
    throw explain({ what, name }, said.trim() === '' ? `nothing, but ${describeEnd(result)}` : said);
  }

  /** @throws HypervisorError when vmctl(8) cannot be told the number of processors */
  async requireCpus(signal: AbortSignal): Promise<void> {
    const options = { signal, timeout: this.limits.query, accept: 'any' } as const;
    const { stderr } = await this.run(CPUS_PROBE, options).catch((error: unknown) => {
      throw explainError(
        { what: 'It cannot be told whether this vmctl(8) knows the option -p (cpus)' },
        error,
      );
    });
    if (!UNKNOWN_OPTION.test(stderr)) return;
    throw new HypervisorError(
      'This vmctl(8) cannot give a machine another number of processors (cpus): it does not know the option -p.',
      'Remove cpus from the source; the machine then has the one processor that vmd(8) gives it. OpenBSD 7.9 and older have no -p.',
    );
  }

  /** The row of one machine, if vmd(8) knows it. */
  async row(name: string, signal?: AbortSignal): Promise<StatusRow | undefined> {
    return (await this.status(signal, name)).find((row) => row.name === name);
  }

  /** As `row`, for somebody who concludes from a missing row that the machine has ended. @throws HypervisorError without a table */
  async certainRow(name: string, signal?: AbortSignal): Promise<StatusRow | undefined> {
    const rows = await this.#table(signal, name);
    if (rows === undefined)
      throw explain({ what: `The state of the virtual machine ${name} is unknown` }, '');
    return rows.find((row) => row.name === name);
  }

  /** The host's address on the first interface of machine `id`, once it has one. */
  async tapAddress(id: number, signal: AbortSignal): Promise<string | undefined> {
    const program = findProgram('ifconfig', this.#env, IFCONFIG_FOLDERS);
    if (program === undefined) {
      throw new HypervisorError('The program ifconfig was not found.', 'Put ifconfig(8) on the PATH.');
    }
    try {
      const options = { signal, timeout: this.limits.query, accept: 'any' as const, ...this.#common() };
      // Without any tap interface ifconfig fails; the first one is still to come, then.
      return tapAddress((await run(program, TAP_ARGUMENTS, options)).stdout, id, 0);
    } catch (error) {
      throw explainError({ what: 'The network of the machine is unknown' }, error);
    }
  }

  #common() {
    return { env: { ...this.#env, LC_ALL: 'C' } };
  }
}
