import { Ring } from '../../lib/ring.ts';
import type { BuildEvent, BootPurpose, EventBody } from '../events.ts';
import type { OutputTail } from '../result.ts';

/** Characters of the raw console: far more than a screen with what it is redrawn from. */
const RAW_CONSOLE = 128 * 1024;
const LONGEST_LINE = 2_000;
const OUTPUT_LINES = 200;
/** The table of machines is asked for again and again, in turns with one or two other commands. */
const LOOK_BACK = 3;

type Of<Type extends EventBody['type']> = Extract<BuildEvent, { readonly type: Type }>;

/** A command with its end, once it has come. */
export interface RanCommand {
  readonly start: Of<'command'>;
  /** Of the last time. */
  end?: Of<'command-end'>;
  /** How often it was run with this result, in turns with few others. */
  times: number;
}

export interface TimedLine {
  readonly time: number;
  readonly text: string;
}

/** What was on the console, and what a provisioner had printed, at the moment of the failure. */
export interface Snapshot {
  readonly time: number;
  readonly boot?: BootPurpose;
  /** Escape sequences included. */
  readonly rawConsole: string;
  readonly consoleLines: readonly TimedLine[];
  /** Milliseconds since the console has printed anything; undefined when it never has. */
  readonly silence?: number;
  readonly output?: OutputTail;
  readonly commandEnd?: Of<'command-end'>;
  readonly ssh?: Of<'ssh-state'>;
}

/** Remembers the last of everything that a build tells, within fixed bounds: builds take hours, and guests may print for ever. */
export class Recorder {
  readonly messages = new Ring<TimedLine>(1_000);
  readonly requests = new Ring<Of<'http-request'>>(1_000);
  readonly ssh = new Ring<Of<'ssh-state'>>(500);
  readonly commands = new Ring<RanCommand>(1_000);
  /** Ends of steps, provisioners, post-processors and cleanups. */
  readonly ends = new Ring<
    Of<'step-end'> | Of<'cleanup-end'> | Of<'provisioner-end'> | Of<'post-processor-end'>
  >(1_000);
  readonly #running = new Map<number, RanCommand>();
  readonly #consoleLines = new Ring<TimedLine>(400);
  readonly #output = new Ring<string>(OUTPUT_LINES);
  #outputOf: string | undefined;
  #boot: BootPurpose | undefined;
  #raw = '';
  #lastPrint: number | undefined;
  #guestEnd: Of<'command-end'> | undefined;

  event(event: BuildEvent): void {
    switch (event.type) {
      case 'console':
        this.#console(event);
        break;
      case 'console-line':
        this.#consoleLines.push({ time: event.time, text: event.line });
        break;
      case 'say':
      case 'error':
        this.#message(event.time, event.text);
        break;
      case 'output':
        this.#message(event.time, event.line);
        this.#output.push(event.line.slice(0, LONGEST_LINE));
        break;
      case 'http-request':
        this.requests.push(event);
        break;
      case 'ssh-state':
        this.ssh.push(event);
        break;
      case 'command':
        this.#commandStarts(event);
        break;
      case 'command-end':
        this.#commandEnds(event);
        break;
      case 'provisioner-start':
        this.#outputFrom(`the provisioner ${event.provisioner}`);
        break;
      case 'post-processor-start':
        this.#outputFrom(`the post-processor ${event.postProcessor}`);
        break;
      case 'step-end':
      case 'cleanup-end':
      case 'provisioner-end':
      case 'post-processor-end':
        this.ends.push(event);
        break;
      default:
        break;
    }
  }

  /** True when there is something that the message of the failure does not say. */
  get hasEvidence(): boolean {
    return this.commands.items().length > 0 || this.#lastPrint !== undefined;
  }

  snapshot(): Snapshot {
    const time = Date.now();
    return {
      time,
      boot: this.#boot,
      rawConsole: this.#raw,
      consoleLines: [...this.#consoleLines.items()],
      silence: this.#lastPrint === undefined ? undefined : time - this.#lastPrint,
      output:
        this.#outputOf === undefined
          ? undefined
          : { of: this.#outputOf, lines: this.#output.items().slice(-OUTPUT_LINES) },
      commandEnd: this.#guestEnd,
      ssh: this.ssh.items().at(-1),
    };
  }

  #console({ boot, text, time }: Of<'console'>): void {
    if (boot !== this.#boot) {
      this.#boot = boot;
      this.#raw = '';
      this.#consoleLines.clear();
    }
    this.#lastPrint = time;
    this.#raw += text;
    if (this.#raw.length < RAW_CONSOLE * 2) return;
    const cut = this.#raw.slice(-RAW_CONSOLE);
    // Not in the middle of a line, or an escape sequence.
    this.#raw = cut.slice(cut.indexOf('\n') + 1);
  }

  #message(time: number, text: string): void {
    this.messages.push({ time, text: text.slice(0, LONGEST_LINE) });
  }

  #outputFrom(who: string): void {
    this.#output.clear();
    this.#outputOf = who;
    this.#guestEnd = undefined;
  }

  #commandStarts(start: Of<'command'>): void {
    const command: RanCommand = { start, times: 1 };
    this.commands.push(command);
    this.#running.set(start.id, command);
  }

  /** What was done a moment ago with the same result is counted there: what happened once must not drown, or be pushed out. */
  #foldIntoEarlier(command: RanCommand): void {
    const items = this.commands.items();
    const index = items.lastIndexOf(command);
    const earlier = items
      .slice(Math.max(0, index - LOOK_BACK), Math.max(0, index))
      .findLast((one) => one.end !== undefined && isRepetition(one, command));
    if (earlier === undefined) return;
    earlier.times += command.times;
    earlier.end = command.end;
    this.commands.remove(command);
  }

  #commandEnds(end: Of<'command-end'>): void {
    const command = this.#running.get(end.id);
    if (command !== undefined) {
      command.end = end;
      this.#foldIntoEarlier(command);
    }
    this.#running.delete(end.id);
    if (end.where === 'guest') this.#guestEnd = end;
  }
}

function isRepetition(one: RanCommand, other: RanCommand): boolean {
  const [a, b] = [one, other].map(({ start, end }) =>
    JSON.stringify([start.where, start.command, end?.status, end?.signal, end?.error]),
  );
  return a === b;
}
