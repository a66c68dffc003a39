import type { Readable, Writable } from 'node:stream';

/** The way into a running guest: `ssh`, or `none`. */
export interface Communicator {
  readonly type: 'ssh' | 'none';
  /**
   * Runs a command line in the guest's login shell and resolves with its end. Rejects on abort and when no session can be opened.
   * A connection lost while the command runs gives status `DISCONNECTED`.
   */
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
  /** Writes one file in the guest. `mode`: permission bits, such as 0o644; a file that exists gets them too. Default: 0o644 for new files. */
  upload(source: Readable | Uint8Array, destination: string, options: TransferOptions): Promise<void>;
  /**
   * Copies a local directory: with a trailing `/` on `source` its contents, otherwise the directory itself. Folders that are
   * missing are made; a folder that exists keeps its mode. Modes are those of the local files.
   */
  uploadDirectory(source: string, destination: string, options: TransferOptions): Promise<TransferSummary>;
  /** Reads one file of the guest into a local file, which gets the permission bits of the original as far as the umask allows. */
  download(source: string, destination: string, options: TransferOptions): Promise<void>;
  /** The same for many files, whose local folders must exist: one stream where the guest has tar(1). */
  downloadFiles(files: readonly FileDownload[], options: TransferOptions): Promise<TransferSummary>;
  /**
   * A login shell for a person, on a terminal of the guest; ends with the shell. Rejects on abort, when the person's terminal goes
   * away, and when no shell can be had. The streams stay open and are the caller's again afterwards.
   */
  shell(terminal: Terminal, signal: AbortSignal): Promise<ExecResult>;
  /**
   * Opens a port of this machine that leads to the guest's SSH server, for a program that logs in there by itself and does not know
   * the way through a bastion host or a proxy. Undefined: there is none in between.
   */
  relay(signal: AbortSignal): Promise<Relay | undefined>;
  /** Ends the connection. Idempotent. */
  close(): Promise<void>;
}

export interface ExecOptions {
  readonly signal: AbortSignal;
  readonly stdin?: Readable | Uint8Array;
  readonly onStdout?: (chunk: Buffer) => void;
  readonly onStderr?: (chunk: Buffer) => void;
}

export interface ExecResult {
  /** Exit status; `DISCONNECTED` when the connection was lost first. */
  readonly status: number;
  /** Name of the signal that ended the command, such as "KILL". */
  readonly signal?: string;
}

/** The terminal of the person who uses a shell. It is to be in raw mode: the guest's terminal does the echo and the line editing. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
  /** Kind of the terminal, as in `TERM`. */
  readonly type: string;
  size(): TerminalSize;
  /** Calls the listener when the size may have changed, until the returned function is called. */
  onResize?(listener: () => void): () => void;
}

/** A port of the loopback interface. Everybody on this machine can connect to it, and then has to log in to the guest. */
export interface Relay {
  readonly host: string;
  readonly port: number;
  /** Where it leads: "through the bastion host jump:22". */
  readonly through: string;
  /** Closes the port and all connections through it. Idempotent. */
  close(): Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface TransferOptions {
  readonly signal: AbortSignal;
  readonly mode?: number;
  /** Called with the bytes transferred so far, and with those of the whole where they are known. */
  readonly onProgress?: (bytes: number, total?: number) => void;
}

/** A file of the guest, and the local file that it becomes. */
export interface FileDownload {
  readonly source: string;
  readonly destination: string;
}

export interface TransferSummary {
  /** How many files, folders not counted. */
  readonly files: number;
  readonly bytes: number;
}

/** Packer's exit status for a command whose connection was lost. */
export const DISCONNECTED = 2300218;

/** The guest cannot be reached, or a transfer failed. `message` is a full sentence, `hint` says what to do. */
export class CommunicatorError extends Error {
  override name = 'CommunicatorError';
  readonly hint?: string;
  /** Trying again cannot help. */
  readonly permanent: boolean;
  constructor(
    message: string,
    detail: { readonly hint?: string; readonly permanent?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.hint = detail.hint;
    this.permanent = detail.permanent ?? false;
  }
}
