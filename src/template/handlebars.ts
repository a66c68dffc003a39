import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let loaded: typeof Handlebars | undefined;

/** Loads Handlebars when the first text needs it: most templates never do, and it costs more than reading them. */
export function loadHandlebars(): typeof Handlebars {
  // An environment of its own: none of the helpers and partials that others registered.
  loaded ??= (require('handlebars') as typeof Handlebars).create();
  return loaded;
}
