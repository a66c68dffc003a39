import type { Operand } from '../command.ts';

/** The operand of most commands. */
export const TEMPLATE: Operand = {
  name: 'TEMPLATE',
  min: 1,
  max: 1,
  completes: 'template',
  help: 'Name a template: a .pkr.hcl file, a directory of them (. for this one), or a legacy JSON template (- for standard input).',
};
