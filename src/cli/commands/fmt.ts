import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Arguments } from '../arguments.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import { decodeSource, encodeSource } from '../../hcl/encoding.ts';
import { format } from '../../hcl/format/format.ts';
import { parseConfig } from '../../hcl/syntax/parse.ts';
import { unifiedDiff } from '../../lib/unified-diff.ts';
import { FmtError, filesToFormat } from '../fmt-files.ts';
import { replaceFile } from '../replace-file.ts';
import { Reporter } from '../reporter.ts';

/** Packer's status for `-check` when a file is not formatted. */
const NOT_FORMATTED = 3;
const STANDARD_INPUT = '-';

/** `vmm-hcl fmt PATH...`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  let failed = false;
  let changed = false;
  for (const operand of args.operands) {
    try {
      const files =
        operand === STANDARD_INPUT ? [STANDARD_INPUT] : await filesToFormat(operand, args.on('recursive'));
      for (const file of files) {
        const outcome = await formatFile(file, args, io, reporter);
        if (outcome === 'failed') failed = true;
        if (outcome === 'changed') changed = true;
      }
    } catch (error) {
      if (!(error instanceof FmtError)) throw error;
      reporter.error(error.message);
      failed = true;
    }
  }
  if (failed) return 1;
  return changed && args.on('check') ? NOT_FORMATTED : 0;
};

type Outcome = 'same' | 'changed' | 'failed';

async function formatFile(file: string, args: Arguments, io: Io, reporter: Reporter): Promise<Outcome> {
  const isInput = file === STANDARD_INPUT;
  const filename = isInput ? 'standard input' : file;
  const before = isInput ? await text(io.stdin) : await read(file);
  const { diagnostics } = parseConfig({ filename, text: before });
  if (hasErrors(diagnostics)) {
    await reporter.diagnostics(diagnostics, new Map([[filename, before]]));
    return 'failed';
  }
  const after = format(before);
  const quiet = args.on('check') || args.on('diff');
  if (isInput && !quiet) io.stdout.write(after);
  if (before === after) return 'same';
  if (!isInput) {
    io.stdout.write(`${file}\n`);
    if (args.on('write') && !args.on('check')) await overwrite(file, after);
  }
  if (args.on('diff')) io.stdout.write(`--- old/${file}\n+++ new/${file}\n${unifiedDiff(before, after)}`);
  return 'changed';
}

async function read(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new FmtError(`Cannot read ${file}: ${error.message}`);
  });
  return decodeSource(bytes);
}

async function overwrite(file: string, text: string): Promise<void> {
  await replaceFile(file, encodeSource(text)).catch((error: Error) => {
    throw new FmtError(`Cannot write ${file}: ${error.message}`);
  });
}
