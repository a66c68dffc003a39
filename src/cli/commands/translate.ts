import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Run } from '../command.ts';

/** `vmm-hcl translate`. */
export const run: Run = async (args, io) => {
  const path = args.operands[0]!;
  let source: string;
  try {
    source = path === '-' ? await text(io.stdin) : await readFile(path, 'utf8');
  } catch (error) {
    io.stderr.write(`Cannot read ${path}: ${(error as Error).message}\n`);
    return 1;
  }
  const { parse } = await import('@cdktf/hcl2json');
  try {
    const json = await parse(path === '-' ? 'stdin.hcl' : basename(path), source);
    io.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return 0;
  } catch (error) {
    io.stderr.write(
      `${path}: HashiCorp's parser refuses it:\n${String(error instanceof Error ? error.message : error)}\n`,
    );
    return 1;
  }
};
