import { access, constants } from 'node:fs/promises';
import type { Action } from '../../plan/action.ts';

/** Whether a file that the build reads can be read at this moment. */
export async function describeFile(path: string, what: string): Promise<Action> {
  try {
    await access(path, constants.R_OK);
    return { type: 'check', text: `The ${what} ${path} is there and can be read.` };
  } catch (error) {
    return { type: 'problem', text: `The ${what} cannot be read: ${(error as Error).message}.` };
  }
}
