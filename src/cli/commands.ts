import type { Command } from './command.ts';
import { COMPLETION } from './declarations/completion.ts';
import { FMT } from './declarations/fmt.ts';
import { HELP } from './declarations/help.ts';
import { INIT } from './declarations/init.ts';
import { TRANSLATE } from './declarations/translate.ts';
import { VERSION } from './declarations/version.ts';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [FMT, TRANSLATE, INIT, COMPLETION, VERSION, HELP];
