// `npm run build`: src/ -> dist/, in a few seconds.
//
//   vmm-hcl.js   starts front.js with V8's code cache of it (src/cli/launch.ts)
//   front.js     the command line, `version`, `validate`, `inspect` and what they need, in one CommonJS file: reading many files and
//                compiling them is most of what a short command takes
//   commands/    the other commands, as ES modules that share their parts and load heavy packages when they need them
//   hcl.mjs      the language as a library; types/ its declarations
//
// Nothing but plain data goes from front.js to commands/, since both have their own copies of the classes.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type BuildOptions, type Plugin, build } from 'esbuild';

/** Packages that are bundled: pure JavaScript on the way of `validate` or of `help`. Others are loaded from node_modules. */
const BUNDLED = new Set(['ajv', 'picomatch', 'semver', 'yargs']);

/** The commands that front.js has in it. */
const FRONT = new Set(['version', 'validate', 'inspect', 'init']);

/** Makes the other commands, and the help texts, modules of their own. Fills `commands` with the files that it finds. */
function commandsApart(commands: Map<string, string>): Plugin {
  return {
    name: 'commands-apart',
    setup({ onResolve }) {
      onResolve({ filter: /\/commands\/[a-z]+\.ts$|^\.\/help\.ts$/ }, ({ path, kind, resolveDir }) => {
        const name = basename(path, '.ts');
        if (kind !== 'dynamic-import' || FRONT.has(name)) return undefined;
        const entry = path.includes('/commands/') ? name : `${name}-texts`;
        commands.set(entry, new URL(path, `file://${resolveDir}/`).pathname);
        return { path: `./commands/${entry}.mjs`, external: true };
      });
    },
  };
}

/** Modules of ours that most templates need nothing of. What they export is not used while others are initialised. */
const RARE = new RegExp(
  `/src/(?:${[
    'hcl/functions/(?:cidr|crypto|csv|datetime|encoding|external|filesystem|json|yaml)',
    'hcl/(?:eval|json|syntax)/problems',
    'hcl/json/(?:body|content)',
    'packer/(?:foreign-options|inspect|legacy/plan|problem-summaries|syntax-mistakes|unsupported-types)',
  ].join('|')})\\.ts$`,
);

/**
 * Makes modules load when something of theirs is used: Node's own, most of which are for a few functions that a short run never
 * calls, and the rare ones of ours.
 */
const onDemand: Plugin = {
  name: 'on-demand',
  setup({ onResolve, onLoad }) {
    const namespace = 'on-demand';
    onResolve({ filter: /^node:/ }, ({ path, namespace: from }) => {
      const isThere = path === 'node:fs' || path === 'node:path';
      return isThere || from === namespace ? { path, external: true } : { path, namespace };
    });
    onResolve({ filter: /\.ts$/ }, ({ path, namespace: from, resolveDir }) => {
      const file = resolve(resolveDir, path);
      return from !== namespace && RARE.test(file) ? { path: file, namespace } : undefined;
    });
    onLoad({ filter: /./, namespace }, ({ path }) => {
      // What esbuild makes of an import inherits from the module's prototype: naming all that there is would take longer than most
      // modules take. The launcher's require() finds packages as one made for front.js would.
      const own = path === 'node:module' ? `name === 'createRequire' ? () => require : ` : '';
      return {
        contents: `module.exports = Object.create(new Proxy({}, { get: (_, name) => ${own}require(${JSON.stringify(path)})[name] }));`,
        resolveDir: '/',
      };
    });
  },
};

process.chdir(new URL('../', import.meta.url).pathname);
node('--import', 'tsx', 'scripts/compile-schemas.ts');

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.has(name)),
  minify: true,
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

// A build that fails, or is still at work, leaves the last one alone.
const out = `.dist-${process.pid}`;
process.on('exit', () => rmSync(out, { recursive: true, force: true }));
mkdirSync(`${out}/types`, { recursive: true });
writeFileSync(`${out}/package.json`, '{ "type": "commonjs" }\n');
writeFileSync(`${out}/types/package.json`, '{ "type": "module" }\n');

const commands = new Map<string, string>();
await build({
  ...common,
  entryPoints: { front: 'src/cli/bin.ts' },
  outdir: out,
  format: 'cjs',
  plugins: [commandsApart(commands), onDemand],
  // All that it serves for is createRequire(), which takes a path as well.
  define: { 'import.meta.url': '__filename' },
  // The function that src/cli/launch.ts calls, in the manner of Node's own for CommonJS.
  banner: { js: '(function (require, __filename, __dirname, module, $load_) {"use strict";' },
  footer: { js: '})' },
});
importThroughLauncher(`${out}/front.js`);
await build({
  ...common,
  entryPoints: { 'vmm-hcl': 'src/cli/launch.ts' },
  outdir: out,
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
});
await build({
  ...common,
  entryPoints: {
    hcl: 'src/hcl/index.ts',
    ...Object.fromEntries([...commands].map(([name, file]) => [`commands/${name}`, file])),
  },
  outdir: out,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'parts/[name]-[hash]',
  format: 'esm',
  splitting: true,
  // CommonJS packages that are bundled call require() for Node's own modules.
  banner: {
    js: `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);`,
  },
});
node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', `${out}/types`);
chmodSync(`${out}/vmm-hcl.js`, 0o755);
// What the validations say goes to pipes, as the output of most short runs does, and to nobody.
execFileSync(process.execPath, ['scripts/code-cache.mjs', `${out}/front.js`], {
  stdio: ['ignore', 'pipe', 'pipe'],
});

rmSync('dist', { recursive: true, force: true });
renameSync(out, 'dist');

/**
 * Code from a code cache cannot use import(): it calls the launcher's instead, under a name of the same length, so that the
 * source map still fits.
 */
function importThroughLauncher(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/\bimport(?=\(")/g, '$load_'));
}

function node(...args: string[]): void {
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}
