import type { BuildPreview, StepPreview } from '../../build/preview/preview.ts';
import type { Action, KeyAction } from '../../plan/action.ts';
import type { Style } from './style.ts';
import { shellCommand } from '../../lib/process/shell-words.ts';
import { unifiedDiff } from '../../lib/unified-diff.ts';
import { shortDuration } from './duration.ts';

/** What a build would do, for people. `index`: number of the build, for its colour. */
export function planText(preview: BuildPreview, index: number, style: Style): string {
  const { build, origin, hypervisor, before, steps, files } = preview;
  const title = (text: string) => style.build(index, text, 'bold');
  const section = (heading: string, actions: readonly Action[]) =>
    `${title(heading)}\n${actions.map((action) => indent(actionText(action, style), '    ')).join('')}\n`;
  const problems = [before, ...steps.map(({ actions }) => actions)]
    .flat()
    .filter(({ type }) => type === 'problem').length;
  const all: Action[] = files.map(({ path, what }) => ({ type: 'path', path, what, stays: true }));
  return [
    `${title(`Build ${build} with ${hypervisor}`)} (${origin.file}:${origin.line})\n\n`,
    section('  Before anything is created', before),
    ...steps.map((step, place) => section(stepHeading(step, place), step.actions)),
    section('  After a successful build there are', all),
    ...(problems === 0
      ? []
      : [
          style.error(
            `  As this machine is now, the build would fail: see ${problems === 1 ? 'the line' : `the ${problems} lines`} with "!!".`,
            'bold',
          ),
          '\n',
        ]),
  ].join('');
}

function stepHeading({ step, skipped }: StepPreview, place: number): string {
  return `  ${place + 1}. ${step}${skipped === undefined ? '' : ` - left out: ${skipped}`}`;
}

function actionText(action: Action, style: Style): string {
  switch (action.type) {
    case 'command': {
      const line =
        action.where === 'host' ? `$ ${shellCommand(action.command)}` : `guest$ ${action.command[0]}`;
      return action.when === undefined ? line : `${line}  # ${action.when}`;
    }
    case 'note':
      return action.text;
    case 'check':
      return `ok: ${action.text}`;
    case 'problem':
      return style.error(`!! ${[action.text, action.hint].filter(Boolean).join('\n   ')}`, 'plain');
    case 'path':
      return withContent(
        `+ ${action.path}  (${action.stays ? '' : 'for a while: '}${action.what})`,
        action.content,
      );
    case 'generated-file':
      return generatedFileText(action);
    case 'fetch':
      return `fetch: ${action.url}  (${action.what})`;
    case 'wait':
      return `wait: ${shortDuration(action.milliseconds)} (${action.text})`;
    case 'keys':
      return keysText(action);
    case 'upload':
      return uploadText(action);
    case 'download':
      return `download: ${action.from} of the guest => ${action.to}`;
    case 'config':
      return JSON.stringify(action.config, null, 2);
  }
}

function generatedFileText({
  name,
  source,
  before,
  after,
}: Extract<Action, { type: 'generated-file' }>): string {
  const changes = unifiedDiff(before, after);
  if (changes === '') return `generate: ${name}, the same as ${source}`;
  return `generate: ${name}\n${indent(`--- ${source}\n+++ ${name}\n${changes}`, '  ')}`;
}

function keysText({ keys, milliseconds }: Extract<Action, { type: 'keys' }>): string {
  const pressed = keys.reduce((sum, key) => sum + countOf(key), 0);
  const heading = `type: ${pressed} ${pressed === 1 ? 'key' : 'keys'}, about ${shortDuration(milliseconds)} with the waits`;
  return [heading, ...keys.map((key) => `  ${keyText(key)}`)].join('\n');
}

function countOf(key: KeyAction): number {
  if (key.type === 'wait') return 0;
  return key.type === 'key' ? 1 : [...key.text].length;
}

function keyText(key: KeyAction): string {
  switch (key.type) {
    case 'text':
      return JSON.stringify(key.text);
    case 'key':
      return key.key;
    case 'wait':
      return `wait ${shortDuration(key.milliseconds)}`;
  }
}

function uploadText({ from, content, to, mode }: Extract<Action, { type: 'upload' }>): string {
  const target = `${to} in the guest${mode === undefined ? '' : `, mode ${mode}`}`;
  return withContent(`upload: ${content === undefined ? from : 'this text'} => ${target}`, content);
}

function withContent(heading: string, content: string | undefined): string {
  return content === undefined ? heading : `${heading}\n${indent(content, '  | ')}`;
}

/** Every line with `prefix` before it, and a line end after it. */
function indent(text: string, prefix: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${prefix}${line}`.trimEnd() + '\n')
    .join('');
}
