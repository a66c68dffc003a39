import { parseSize } from '../lib/size.ts';

/**
 * The classes of a login.conf(5): name to capabilities, in order. A name may stand in several places: `a|b:\`.
 */
export function parseLoginConf(text: string): ReadonlyMap<string, readonly string[]> {
  const classes = new Map<string, readonly string[]>();
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  for (const record of lines.join('\n').replaceAll(/\\\n/g, '').split('\n')) {
    const [names = '', ...capabilities] = record.split(':').map((field) => field.trim());
    for (const name of names.split('|')) {
      if (name !== '') classes.set(name, capabilities.filter(Boolean));
    }
  }
  return classes;
}

/** How much memory processes of a class may have at most, in bytes; undefined: without limit, or nothing is said. */
export function dataSizeOf(
  name: string,
  classes: ReadonlyMap<string, readonly string[]>,
): bigint | undefined {
  const text = dataSizeText(name, classes, []);
  return text === undefined ? undefined : parseSize(text);
}

/** The first setting counts; `tc=CLASS` stands for those of another class. */
function dataSizeText(
  name: string,
  classes: ReadonlyMap<string, readonly string[]>,
  seen: readonly string[],
): string | undefined {
  for (const capability of seen.includes(name) ? [] : (classes.get(name) ?? [])) {
    const [key, value = ''] = capability.split('=');
    if (key === 'datasize' || key === 'datasize-max') return value;
    const inherited = key === 'tc' ? dataSizeText(value, classes, [...seen, name]) : undefined;
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}
