import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';
import { isJson, jsonLine } from './view/json-line.ts';
import { machineLine } from './view/machine.ts';
import { styleOf, wantsColor } from './view/style.ts';

/** Tells the user about problems: on standard error, or as lines of the machine-readable format. */
export class Reporter {
  readonly #args: Arguments;
  readonly #io: Io;

  constructor(args: Arguments, io: Io) {
    this.#args = args;
    this.#io = io;
  }

  /** A problem that no diagnostic describes, in full sentences. */
  error(text: string): void {
    if (isJson(this.#args)) {
      this.#io.stdout.write(jsonLine(Date.now(), { type: 'message', level: 'error', text }));
      return;
    }
    if (this.#args.machineReadable) {
      this.#io.stdout.write(machineLine(Date.now(), '', 'ui', 'error', text));
      return;
    }
    const style = styleOf(wantsColor(this.#args, this.#io, this.#io.stderr));
    this.#io.stderr.write(`${style.error(`Error: ${text}`, 'bold')}\n`);
  }

  /** Something good, for standard output. */
  say(text: string): void {
    if (this.#args.machineReadable) {
      this.#io.stdout.write(machineLine(Date.now(), '', 'ui', 'say', text));
    } else this.#io.stdout.write(`${text}\n`);
  }

  /** Problems of a template. `sources`: the texts by the names that the diagnostics use, for the excerpts. */
  async diagnostics(diagnostics: readonly Diagnostic[], sources: ReadonlyMap<string, string>): Promise<void> {
    if (diagnostics.length === 0) return;
    const { diagnosticToJson, renderDiagnostics } = await import('../hcl/render-diagnostics.ts');
    if (isJson(this.#args)) {
      for (const item of diagnostics) {
        const line = { type: 'diagnostic', diagnostic: diagnosticToJson(item) };
        this.#io.stdout.write(jsonLine(Date.now(), line));
      }
      return;
    }
    if (this.#args.machineReadable) {
      for (const diagnostic of diagnostics) {
        const text = renderDiagnostics([diagnostic], sources, { width: 80, color: false });
        this.#io.stdout.write(machineLine(Date.now(), '', 'ui', 'error', text.trimEnd()));
      }
      return;
    }
    const { stderr } = this.#io;
    const color = wantsColor(this.#args, this.#io, stderr);
    stderr.write(renderDiagnostics(diagnostics, sources, { width: Math.min(stderr.columns, 120), color }));
  }
}
