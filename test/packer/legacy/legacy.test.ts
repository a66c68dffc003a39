// Legacy JSON templates that are right: what they mean. Those that are not are in fixtures/templates/broken/legacy.txt.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderDiagnostics } from '../../../src/hcl/render-diagnostics.ts';
import { inspectConfiguration } from '../../../src/packer/index.ts';
import type { BuildPlan, ShownBuildData } from '../../../src/plan/build-plan.ts';
import type { JsonObject } from '../../../src/plan/json.ts';
import { check } from '../sandbox.ts';
import type { CheckOptions, Checked } from '../sandbox.ts';

const BUILDER = {
  type: 'vmm',
  vm_name: 'base',
  vm_template: 'generic',
  disk_size: '20G',
  ssh_username: 'root',
  ssh_password: 'secret',
};

const DATA: ShownBuildData = {
  ID: 'base',
  Host: '100.64.1.3',
  Port: 22,
  User: 'root',
  Password: 'secret',
  ConnType: 'ssh',
  PackerRunUUID: 'uuid',
  PackerHTTPIP: '100.64.1.2',
  PackerHTTPPort: '8080',
  PackerHTTPAddr: '100.64.1.2:8080',
  SSHPublicKey: '',
  SSHPrivateKey: '',
};

async function load(
  template: object,
  options: CheckOptions & { files?: Record<string, string> } = {},
): Promise<Checked> {
  const { files = {}, ...rest } = options;
  return check({ 'vm.json': JSON.stringify(template, null, 2), ...files }, { path: 'vm.json', ...rest });
}

/** Loads a template in which nothing is wrong. */
async function plansOf(
  template: object,
  options: Parameters<typeof load>[1] = {},
): Promise<readonly BuildPlan[]> {
  const { loaded, planned, diagnostics } = await load(template, options);
  assert.equal(renderDiagnostics(diagnostics, loaded.sources, { width: 100, color: false }), '');
  return planned.plans;
}

async function planOf(template: object, options: Parameters<typeof load>[1] = {}): Promise<BuildPlan> {
  const [plan, ...others] = await plansOf(template, options);
  assert.ok(plan && others.length === 0);
  return plan;
}

function configOf(
  step: BuildPlan['provisioners'][number] | BuildPlan['postProcessors'][number][number] | undefined,
): JsonObject {
  const resolved = step?.resolve(DATA);
  assert.ok(resolved?.ok, JSON.stringify(resolved));
  return resolved.config;
}

const withBuilder = (more: object) => ({ builders: [{ ...BUILDER, ...more }] });
const withShell = (more: object) => ({ builders: [BUILDER], provisioners: [{ type: 'shell', ...more }] });

describe('variables of legacy templates', () => {
  const nameOf = async (variables: object, options: Parameters<typeof load>[1] = {}) =>
    (await planOf({ variables, ...withBuilder({ vm_name: '{{user `name`}}' }) }, options)).source.config
      .vm_name;

  it('have defaults, values of files in their order, and flags, which win', async () => {
    const files = { 'a.json': '{ "name": "a", "other": "x" }', 'b.json': '{ "name": "b" }' };
    const variables = { name: 'default', other: '' };
    assert.equal(await nameOf(variables), 'default');
    assert.equal(await nameOf(variables, { files, varFiles: ['a.json', 'b.json'] }), 'b');
    assert.equal(await nameOf(variables, { files, varFiles: ['b.json', 'a.json'] }), 'a');
    const vars = [
      { name: 'name', value: 'c' },
      { name: 'name', value: 'd' },
    ];
    assert.equal(await nameOf(variables, { files, varFiles: ['a.json'], vars }), 'd');
  });

  it('are required when their default is null', async () => {
    assert.equal(await nameOf({ name: null }, { vars: [{ name: 'name', value: 'given' }] }), 'given');
  });

  it('are texts, whatever they were written as', async () => {
    assert.equal(await nameOf({ name: 'n{{user `n`}}{{user `t`}}', n: 12.5, t: true }), 'n12.51');
  });

  it('refer to each other in any order and to the environment, in flags and files too', async () => {
    const env = { HOME_NAME: 'home' };
    const variables = {
      name: '{{user `z`}}-{{user `a`}}',
      z: '{{env `HOME_NAME` | upper}}',
      a: '{{user `b`}}',
      b: 'b',
    };
    assert.equal(await nameOf(variables, { env }), 'HOME-b');
    const vars = [{ name: 'b', value: '{{env `HOME_NAME`}}' }];
    assert.equal(await nameOf(variables, { env, vars }), 'HOME-home');
    assert.equal(await nameOf({ name: 'x{{env `toString`}}' }, { env }), 'x');
  });

  it('are resolved in a hundred passes, or not at all', async () => {
    // Against the order of the names each pass resolves one.
    const chain = (length: number) => {
      const names = Array.from({ length }, (_, at) => `v${String(at).padStart(3, '0')}`);
      const entries = names.map((name, at): [string, string] => [
        name,
        at === length - 1 ? 'end' : `{{user \`${names[at + 1]}\`}}`,
      ]);
      return { variables: Object.fromEntries(entries), ...withBuilder({ vm_name: '{{user `v000`}}' }) };
    };
    assert.equal((await planOf(chain(100))).source.config.vm_name, 'end');
    const { diagnostics } = await load(chain(101));
    assert.match(diagnostics[0]?.detail ?? '', /The variables v000 are not resolved after 100 passes/);
  });

  it('keep what only the build knows', async () => {
    const variables = { url: 'http://{{ .HTTPIP }}:{{.HTTPPort}}/{{user `file`}}', file: 'x' };
    const builder = {
      boot_command: ['{{user `url`}}<enter>', '{{ user `file` | upper }} {{ .Name }} {{template_dir}}'],
      http_content: { '/x': 'y' },
    };
    const plan = await planOf({ variables, ...withBuilder(builder) });
    assert.match(
      plan.source.config.boot_command,
      /^http:\/\/\{\{ \.HTTPIP \}\}:\{\{\.HTTPPort\}\}\/x<enter>\{\{ "x" \| upper \}\} \{\{ \.Name \}\} \/.*vmm-hcl-test-/,
    );
  });

  it('that are sensitive are hidden, and so is what is made of them', async () => {
    const template = {
      variables: { password: 'hunter2', line: 'pass={{user `password`}}' },
      'sensitive-variables': ['password'],
      ...withBuilder({ ssh_password: '{{user `line`}}' }),
    };
    const plan = await planOf(template);
    assert.deepEqual(plan.sensitive, ['hunter2', 'pass=hunter2']);
    const { loaded } = await load({ ...template, ...withBuilder({ vm_name: '{{user `line`}}' }) });
    const bad = await load({ ...template, ...withBuilder({ vm_name: '{{user `line`}}' }) });
    const text = renderDiagnostics(bad.diagnostics, new Map(), { width: 100, color: false });
    assert.match(text, /Invalid VM name/);
    assert.doesNotMatch(text, /hunter2/);
    const { variables } = inspectConfiguration(loaded.configuration);
    assert.deepEqual(
      variables.map(({ name, state }) => [name, state]),
      [
        ['password', 'sensitive'],
        ['line', 'sensitive'],
      ],
    );
  });

  it('that nobody declares can be set by flags, with a warning', async () => {
    const template = withBuilder({ vm_name: '{{user `extra`}}' });
    const vars = [{ name: 'extra', value: 'x' }];
    const { planned, diagnostics } = await load(template, { vars });
    assert.deepEqual(
      diagnostics.map(({ code, severity }) => [code, severity]),
      [['variable-undeclared', 'warning']],
    );
    assert.equal(planned.plans[0]?.source.config.vm_name, 'x');
    assert.deepEqual((await load(template, { vars, undeclared: 'ignore' })).diagnostics, []);
  });
});

describe('builders of legacy templates', () => {
  it('have values of any type', async () => {
    const plan = await planOf({
      variables: { port: '2222', agent: 'false', times: '3' },
      ...withBuilder({
        ssh_port: '{{user `port`}}',
        ssh_agent_auth: '{{user `agent`}}',
        ssh_pty: 1,
        ssh_handshake_attempts: '{{user `times`}}',
        ssh_timeout: 90_000_000_000,
        boot_wait: '3s',
        boot_command: 'a<enter>,b',
        http_port_min: '',
        http_content: [{ '/a': 1 }, { '/b': '{{user `times`}}' }],
        memory: null,
      }),
    });
    const { config, ssh } = plan.source;
    assert.deepEqual(
      [ssh.ssh_port, ssh.ssh_agent_auth, ssh.ssh_pty, ssh.ssh_handshake_attempts, ssh.ssh_timeout],
      [2222, false, true, 3, 90_000],
    );
    // As in Packer a text for a list is split at its commas.
    assert.deepEqual([config.boot_wait, config.boot_command, config.memory], [3000, 'a<enter>b', undefined]);
    assert.deepEqual(config.http_content, { '/a': '1', '/b': '3' });
  });

  it('give the builds their names', async () => {
    const plans = await plansOf({
      variables: { v: '7.8' },
      builders: [
        { ...BUILDER, type: 'openbsd-vmm' },
        { ...BUILDER, name: 'dev-{{user `v`}}', vm_name: '{{build_name}}' },
      ],
      provisioners: [
        { type: 'shell', inline: ['{{build_name}} {{build_type}}'], only: ['openbsd-vmm'] },
        { type: 'shell', inline: ['b'], except: ['openbsd-vmm'] },
        { type: 'shell', inline: ['c'], override: { 'dev-{{user `v`}}': { inline: ['d'] } } },
      ],
    });
    assert.deepEqual(
      plans.map(({ name, buildName, source }) => [name, buildName, source.name, source.config.vm_name]),
      [
        ['openbsd-vmm', '', 'openbsd-vmm', 'base'],
        ['vmm.dev-7.8', '', 'dev-7.8', 'dev-7.8'],
      ],
    );
    const inlines = plans.map(({ provisioners }) => provisioners.map((one) => configOf(one)['inline']));
    assert.deepEqual(inlines, [
      [['openbsd-vmm openbsd-vmm'], ['c']],
      [['b'], ['d']],
    ]);
  });

  it('are chosen by their names as they are', async () => {
    const builders = ['a', 'b*', 'c'].map((name) => ({ ...BUILDER, name, vm_name: name.charAt(0) }));
    const template = {
      builders,
      'post-processors': [['manifest', { type: 'checksum', name: 'sum' }, 'manifest']],
    };
    const names = async (options: CheckOptions) => (await plansOf(template, options)).map(({ name }) => name);
    assert.deepEqual(await names({ only: ['b*', 'nothing'] }), ['vmm.b*']);
    assert.deepEqual(await names({ only: ['*', 'vmm.a'] }), []);
    assert.deepEqual(await names({ except: ['b*'] }), ['vmm.a', 'vmm.c']);
    const [plan] = await plansOf(template, { only: ['a'], except: ['sum'] });
    assert.deepEqual(
      plan?.postProcessors.map((sequence) => sequence.map(({ type }) => type)),
      [['manifest']],
    );
  });

  it('of other kinds are skipped, and nothing else is', async () => {
    const { planned, diagnostics } = await load({ builders: [{ type: 'qemu', foo: 1 }, BUILDER] });
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['source-not-built'],
    );
    assert.deepEqual(
      planned.plans.map(({ name }) => name),
      ['vmm'],
    );
  });
});

describe('steps of legacy templates', () => {
  it('have meta-arguments, with numbers as texts and nanoseconds', async () => {
    const plan = await planOf({
      variables: { times: '2' },
      ...withShell({ inline: ['x'], max_retries: '{{user `times`}}', timeout: 5_000_000_000 }),
      'error-cleanup-provisioner': { type: 'shell-local', inline: ['y'], pause_before: '1s' },
    });
    const [shell] = plan.provisioners;
    assert.deepEqual([shell?.maxRetries, shell?.timeout, shell?.pauseBefore], [2, 5000, 0]);
    assert.deepEqual(
      [plan.errorCleanupProvisioner?.type, plan.errorCleanupProvisioner?.pauseBefore],
      ['shell-local', 1000],
    );
  });

  it('know the build when it runs', async () => {
    const plan = await planOf(
      withShell({
        inline: ['{{build `Host`}} {{ build "Port" }}', '{{.User}}'],
        execute_command: '{{.Vars}} {{build `User`}} {{.Path}} {{build `ID` | upper}}',
        valid_exit_codes: '0,1',
        environment_vars: 'A=1,B={{build `ConnType`}}',
      }),
    );
    const config = configOf(plan.provisioners[0]);
    assert.deepEqual(config['inline'], ['100.64.1.3 22', 'root']);
    assert.equal(
      config['execute_command'],
      '{{.Vars}} root {{.Path}} {{ "base" | upper}}'.replace('{{ ', '{{'),
    );
    assert.deepEqual(config['valid_exit_codes'], [0, 1]);
    assert.deepEqual(config['environment_vars'], ['A=1', 'B=ssh']);
  });

  it('are changed by an override, whose shorter list leaves the tail of a longer one', async () => {
    const plan = await planOf(
      withShell({ inline: ['a', 'b', 'c'], override: { vmm: { inline: ['x'], skip_clean: 'true' } } }),
    );
    const config = configOf(plan.provisioners[0]);
    assert.deepEqual([config['inline'], config['skip_clean']], [['x', 'b', 'c'], true]);
  });

  it('are post-processors alone and in sequences', async () => {
    const plan = await planOf({
      builders: [BUILDER],
      'post-processors': [
        'manifest',
        {
          type: 'checksum',
          checksum_types: 'md5,sha256',
          keep_input_artifact: 'true',
          output: '{{build `ID`}}.{{.ChecksumType}}',
        },
        ['checksum', { type: 'manifest', name: 'last', except: ['vmm'] }],
        [],
      ],
    });
    assert.deepEqual(
      plan.postProcessors.map((sequence) =>
        sequence.map(({ type, keepInputArtifact }) => [type, keepInputArtifact]),
      ),
      [[['manifest', undefined]], [['checksum', true]], [['checksum', undefined]]],
    );
    const config = configOf(plan.postProcessors[1]?.[0]);
    assert.deepEqual(
      [config['checksum_types'], config['output']],
      [['md5', 'sha256'], 'base.{{.ChecksumType}}'],
    );
  });

  it('of types that are not run here are told at their types', async () => {
    const { diagnostics } = await load({
      builders: [BUILDER],
      provisioners: [
        { type: 'puppet-server' },
        { type: 'chef-solo', only: ['vmm'] },
        { type: 'shel', except: ['vmm'] },
      ],
      'post-processors': ['vagrant'],
    });
    assert.deepEqual(
      diagnostics.map(({ code, subject }) => [code, subject?.start.line, subject?.start.column]),
      [
        ['provisioner-unsupported', 14, 15],
        ['provisioner-unsupported', 17, 15],
        ['post-processor-unsupported', 30, 5],
      ],
    );
  });

  it('point at their types in messages of the build', async () => {
    const plan = await planOf(withShell({ inline: ['x'] }));
    assert.deepEqual(plan.provisioners[0]?.origin, { file: 'vm.json', line: 14, column: 7 });
  });
});

describe('which files are legacy templates', () => {
  const text = JSON.stringify({ builders: [BUILDER] });

  it('every name that is not one of HCL', async () => {
    for (const path of ['template', 'vm.json', 'vm.pkr', 'dir/vm.txt']) {
      const { planned, diagnostics } = await check({ [path]: text }, { path });
      assert.deepEqual([diagnostics, planned.plans.length], [[], 1], path);
    }
  });

  it('the standard input', async () => {
    const { planned, diagnostics } = await check({}, { path: '-', stdin: async () => text });
    assert.deepEqual([diagnostics, planned.plans.length], [[], 1]);
    const bad = await check({}, { path: '-', stdin: async () => '{' });
    assert.equal(bad.diagnostics[0]?.subject?.filename, '<stdin>');
  });

  it('none with -config-type=hcl2', async () => {
    const { diagnostics } = await check({ 'vm.txt': text }, { path: 'vm.txt', configType: 'hcl2' });
    assert.ok(diagnostics.some(({ severity }) => severity === 'error'));
    const stdin = await check({}, { path: '-', configType: 'hcl2', stdin: async () => text });
    assert.deepEqual(
      stdin.diagnostics.map(({ code }) => code),
      ['template-missing'],
    );
  });
});

it('inspect shows the names of post-processors, which -except takes', async () => {
  const { loaded } = await load({
    ...withBuilder({}),
    'post-processors': ['manifest', [{ type: 'checksum', name: 'sums' }, { type: 'compress' }]],
  });
  assert.deepEqual(inspectConfiguration(loaded.configuration).builds[0]?.postProcessors, [
    [{ type: 'manifest' }],
    [{ type: 'checksum', name: 'sums' }, { type: 'compress' }],
  ]);
});
