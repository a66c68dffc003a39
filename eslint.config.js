// Lint rules. The `room` table is the architecture: who may import whom. A room that is not listed
// for a folder is forbidden to it, so that imports keep pointing one way.
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Each folder of src/ and the folders of src/ that it may import. */
const rooms = {
  hcl: [],
  lib: [],
  journal: ['lib'],
  schema: [],
  template: ['lib'],
  boot: ['lib'],
  plan: ['lib'],
  http: ['lib', 'plan', 'template'],
  hypervisor: ['journal', 'lib', 'plan'],
  doctor: ['hypervisor', 'lib', 'plan'],
  communicator: ['lib', 'plan'],
  provisioner: ['lib', 'plan', 'communicator', 'template'],
  // shell-local is both.
  'post-processor': ['lib', 'plan', 'template', 'provisioner'],
  packer: ['hcl', 'schema', 'template', 'boot', 'plan', 'lib'],
  build: [
    'hypervisor',
    'http',
    'communicator',
    'provisioner',
    'post-processor',
    'boot',
    'template',
    'schema',
    'plan',
    'lib',
  ],
};

const zones = Object.entries(rooms).flatMap(([room, allowed]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [`./${room}`, ...allowed.map((name) => `./${name}`)],
  message: `src/${room} may import only: ${allowed.join(', ') || 'nothing of ours'}.`,
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'src/schema/generated/', 'fixtures/guest/.cache/', 'output/'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts', 'fixtures/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-default-export': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // node:test runs what is registered; only subtests inside a test have to be awaited, and those are methods.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'describe', 'it', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
);
