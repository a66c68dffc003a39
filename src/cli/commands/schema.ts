import type { Run } from '../command.ts';
import { nearest } from '../../lib/nearest.ts';
import { documentedSchema } from '../../schema/documents.ts';
import { blockName, documentedBlocks } from '../block-names.ts';

/** `vmm-hcl schema [BLOCK]`. */
export const run: Run = (args, io) => {
  const names = documentedBlocks();
  if (args.operands.length === 0) {
    const width = Math.max(...names.map((name) => name.length));
    for (const name of names) {
      io.stdout.write(`${name.padEnd(width)}  ${documentedSchema(name)?.title ?? ''}\n`);
    }
    return Promise.resolve(0);
  }
  const wanted = blockName(args.operands);
  const schema = names.includes(wanted) ? documentedSchema(wanted) : undefined;
  if (!schema) {
    const near = nearest(wanted, names);
    const typed = near?.replace(/^(provisioner|post-processor|data)-/, '$1 ');
    const hint = typed === undefined ? '' : ` Did you mean \`vmm-hcl schema ${typed}\`?`;
    io.stderr.write(
      `There is no block "${args.operands.join(' ')}".${hint} \`vmm-hcl schema\` lists the blocks.\n`,
    );
    return Promise.resolve(1);
  }
  io.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
  return Promise.resolve(0);
};
