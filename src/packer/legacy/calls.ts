import type { Datum, TemplateFunction, TemplateFunctions } from '../../template/index.ts';

/** An action of a template: `{{`, what is inside, `}}`. Quotes may hold braces. */
const ACTION = /\{\{((?:[^`"}]|"(?:\\.|[^"\\])*"|`[^`]*`|\}(?!\}))*)\}\}/g;
const QUOTED = '(?:"((?:\\\\.|[^"\\\\])*)"|`([^`]*)`)';

/** The names of the variables that `{{ user "NAME" }}` asks for in a text. */
export function userCalls(text: string): string[] {
  if (!text.includes('{{')) return [];
  const call = new RegExp(`\\buser\\s+${QUOTED}`, 'g');
  return [...text.matchAll(ACTION)].flatMap(([, inside = '']) =>
    [...inside.matchAll(call)].map(([, plain, raw]) => plain ?? raw ?? ''),
  );
}

/**
 * Replaces each action of a text that needs none of the data of the build (`.Name`) by what `render` makes of it; the
 * others stay. Where `if`, `range` and `with` hold several actions together, all of the text is rendered, or nothing.
 */
export function renderActions(text: string, render: (action: string) => string): string {
  const actions = [...text.matchAll(ACTION)].map(([, inside = '']) => inside);
  const needsData = (inside: string) => /(^|[\s(|])\.[A-Za-z]/.test(withoutQuotes(inside));
  const isControl = (inside: string) => /^-?\s*(if|range|with|else|end|\$)\b|:=|^-\s|\s-$/.test(inside);
  if (!actions.some(needsData)) return render(text);
  if (actions.some(isControl)) return text;
  return text.replace(ACTION, (action, inside: string) => (needsData(inside) ? action : render(action)));
}

function withoutQuotes(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|`[^`]*`/g, '""');
}

/**
 * Puts the values of `user`, `build` and `template_dir` into a text that is rendered during the build, where these functions
 * are not known.
 */
export function settleCalls(text: string, functions: TemplateFunctions): string {
  const call = new RegExp(`\\b(?:(user|build)\\s+${QUOTED}|template_dir\\b)`, 'g');
  const value = (name: string | undefined, argument: string): string =>
    String(functions[name ?? 'template_dir']?.call(...(name === undefined ? [] : [argument])) ?? '');
  return text.replace(ACTION, (action, inside: string) => {
    const whole = new RegExp(`^\\s*${call.source}\\s*$`).exec(inside);
    if (whole) return value(whole[1], whole[2] ?? whole[3] ?? '');
    const settled = inside.replace(call, (_call, name?: string, plain?: string, raw?: string) =>
      JSON.stringify(value(name, plain ?? raw ?? '')),
    );
    return `{{${settled}}}`;
  });
}

/** A function of one text, or of nothing. */
export function functionOf(arity: 0 | 1, call: (name: string) => Datum): TemplateFunction {
  return { arity: [arity, arity], call: (name) => call(typeof name === 'string' ? name : String(name)) };
}

/** A function that has no place where it is called. */
export function refused(reason: string): TemplateFunction {
  return {
    arity: [0, Infinity],
    call: () => {
      throw new Error(reason);
    },
  };
}
