/*
 * The language as a library: text to tree to values. It knows nothing of Packer, of files, or of machines.
 */
export type * from './ast.ts';
export { forEachChild } from './ast.ts';
export type { Diagnostic, Severity } from './diagnostic.ts';
export { hasErrors } from './diagnostic.ts';
export type { Pos, Range, Source } from './source.ts';
export { rangeBetween, startOf } from './source.ts';
export { parseConfig, parseExpression, parseTemplate } from './syntax/parse.ts';
