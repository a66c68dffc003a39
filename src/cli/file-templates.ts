import { relative } from 'node:path';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { SourceText } from '../hcl/syntax/source-text.ts';
import { checkFiles } from '../http/check-files.ts';
import { problem } from '../packer/problems.ts';
import type { BuildPlan } from '../plan/build-plan.ts';

/**
 * What is wrong with the files that builds generate.
 * @param texts receives the texts of these files, for excerpts
 */
export async function fileTemplateProblems(
  plans: readonly BuildPlan[],
  cwd: string,
  texts: Map<string, string>,
): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { source } of plans) {
    const {
      http_directory: directory,
      gen_files_pattern: pattern,
      gen_files_extension: extension,
    } = source.config;
    if (directory === undefined) continue;
    for (const { path, text, mistakes } of await checkFiles({ source: directory, pattern, extension })) {
      const inside = relative(cwd, path);
      const filename = inside.startsWith('..') ? path : inside;
      texts.set(filename, text);
      const place = new SourceText({ filename, text });
      for (const { severity, offset, length, message } of mistakes) {
        const code = severity === 'error' ? 'template-call-invalid' : 'template-value-missing';
        found.push(problem(code, message, place.range(offset, offset + length), { severity }));
      }
    }
  }
  return found;
}
