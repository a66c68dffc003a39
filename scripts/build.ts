// `npm run build`: src/ -> dist/. One file per entry point and one per lazily imported part, so that
// `vmm-hcl version` reads a few kilobytes and never sees express, ssh2 or the reference parser.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

/**
 * Packages that are bundled: they are pure JavaScript and on the way of `validate` or of `help`, where finding and
 * reading their files one by one costs more than running them. All others are loaded from node_modules when needed.
 */
const BUNDLED = new Set(['ajv', 'picomatch', 'semver', 'yargs']);

const SCHEMA_COMPILER = new URL('./compile-schemas.ts', import.meta.url);

const root = new URL('../', import.meta.url).pathname;
process.chdir(root);

if (existsSync(SCHEMA_COMPILER)) {
  execFileSync(process.execPath, ['--import', 'tsx', SCHEMA_COMPILER.pathname], { stdio: 'inherit' });
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: { 'vmm-hcl': 'src/cli/bin.ts', hcl: 'src/hcl/index.ts' },
  outdir: 'dist',
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.has(name)),
  // CommonJS packages that are bundled call require() for Node's own modules.
  banner: {
    js: `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);`,
  },
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  legalComments: 'none',
  logLevel: 'warning',
});
chmodSync('dist/vmm-hcl.js', 0o755);

execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
  stdio: 'inherit',
});
