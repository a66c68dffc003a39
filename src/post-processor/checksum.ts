import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { JsonObject } from '../plan/json.ts';
import { buildFunctions, renderTemplate } from '../template/index.ts';
import type { PostProcessor, ShownContext } from './post-processor.ts';

const DEFAULT_OUTPUT = 'packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum';

/** Writes the checksums of the artifact's files, one file per kind of checksum, with a line `HEX<tab>NAME` for each. */
export const checksum: PostProcessor = {
  type: 'checksum',
  keepInput: 'always',
  async run(input, config, context) {
    const types = typesOf(config);
    const lines = new Map<string, string>(types.map((type) => [type, '']));
    for (const path of input.files) {
      const sums = await sumsOf(path, types, context.signal);
      for (const [type, sum] of sums) lines.set(type, `${lines.get(type)}${sum}\t${basename(path)}\n`);
    }
    // Everything is read before anything is written: a failure leaves no half list.
    const outputs: string[] = [];
    for (const [type, text] of lines) {
      const output = outputPath(config, type, context);
      await mkdir(dirname(output), { recursive: true });
      await appendFile(output, text, { mode: 0o644 });
      context.ui.say(`Wrote the ${type} checksum to ${output}`);
      if (!outputs.includes(output)) outputs.push(output);
    }
    const files = [...input.files, ...outputs];
    return {
      builderId: 'packer.post-processor.checksum',
      id: input.id,
      files,
      description: `Files with checksums: ${files.join(', ')}`,
      destroy: async () => {
        for (const output of outputs) await rm(output, { force: true });
      },
    };
  },
  describe: (config, context) =>
    typesOf(config).map((type) => ({
      type: 'path',
      path: outputPath(config, type, context),
      what: `${type} checksums, added at the end`,
      stays: true,
    })),
};

function typesOf(config: JsonObject): string[] {
  return Array.isArray(config['checksum_types']) ? config['checksum_types'].map(String) : ['md5'];
}

/** Reads the file once for all kinds. */
async function sumsOf(
  path: string,
  types: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const hashes = new Map(types.map((type) => [type, createHash(type)]));
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal })) {
    for (const hash of hashes.values()) hash.update(chunk as Buffer);
  }
  return new Map([...hashes].map(([type, hash]) => [type, hash.digest('hex')]));
}

function outputPath(config: JsonObject, type: string, context: ShownContext): string {
  const template =
    typeof config['output'] === 'string' && config['output'] !== '' ? config['output'] : DEFAULT_OUTPUT;
  const data = {
    BuildName: context.sourceName,
    BuilderType: context.sourceType,
    ChecksumType: type,
  };
  const functions = buildFunctions({ type: context.sourceType, name: context.sourceName });
  return resolve(renderTemplate(template, data, { functions }));
}
