import type { Action } from '../../plan/action.ts';
import { explain } from '../failure.ts';

/** The actions that `describe` tells; when it throws for a reason that a user can understand, that reason as a problem. */
export async function attempt(
  describe: () => Promise<readonly Action[]> | readonly Action[],
): Promise<readonly Action[]> {
  try {
    return await describe();
  } catch (error) {
    const { message, hint, internal, problems } = explain(error);
    if (internal !== undefined) throw error;
    const details = problems?.map(({ summary, detail }) => `${summary}: ${detail}`) ?? [];
    return [{ type: 'problem', text: [message, ...details].join(' '), hint }];
  }
}
