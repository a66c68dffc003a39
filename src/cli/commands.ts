import type { Command } from './command.ts';
import { ATTACH } from './declarations/attach.ts';
import { BUILD } from './declarations/build.ts';
import { COMPLETION } from './declarations/completion.ts';
import { CONSOLE } from './declarations/console.ts';
import { DOCTOR } from './declarations/doctor.ts';
import { FMT } from './declarations/fmt.ts';
import { GC } from './declarations/gc.ts';
import { HELP } from './declarations/help.ts';
import { INIT } from './declarations/init.ts';
import { INSPECT } from './declarations/inspect.ts';
import { PLAN } from './declarations/plan.ts';
import { SCHEMA } from './declarations/schema.ts';
import { TRANSLATE } from './declarations/translate.ts';
import { VALIDATE } from './declarations/validate.ts';
import { VERSION } from './declarations/version.ts';

/** Every command, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  BUILD,
  VALIDATE,
  INSPECT,
  PLAN,
  ATTACH,
  DOCTOR,
  GC,
  FMT,
  CONSOLE,
  SCHEMA,
  TRANSLATE,
  INIT,
  COMPLETION,
  VERSION,
  HELP,
];
