import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isSensitive } from '../../src/hcl/index.ts';
import { loadConfiguration, planBuilds, inspectConfiguration } from '../../src/packer/index.ts';
import type { BuildData, BuildPlan, ProvisionerPlan } from '../../src/plan/build-plan.ts';
import type { JsonObject } from '../../src/plan/json.ts';
import { startWebProxy } from '../lib/web-proxy.ts';
import { GOOD_SOURCE, check, inDirectory, templateOf } from './sandbox.ts';
import type { CheckOptions } from './sandbox.ts';

const DATA: BuildData = {
  ID: 'vm-7',
  Host: '100.64.1.3',
  Port: 22,
  User: 'root',
  Password: 'secret',
  ConnType: 'ssh',
  PackerRunUUID: '0b1c',
  PackerHTTPIP: '100.64.1.2',
  PackerHTTPPort: '8123',
  PackerHTTPAddr: '100.64.1.2:8123',
  SSHPublicKey: '',
  SSHPrivateKey: '',
};

async function plansOf(
  files: Record<string, string> | string,
  options: CheckOptions = {},
): Promise<readonly BuildPlan[]> {
  const all = typeof files === 'string' ? { 'vm.pkr.hcl': files } : files;
  const { planned, diagnostics } = await check(all, options);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ detail }) => detail),
    [],
  );
  return planned.plans;
}

async function planOf(
  files: Record<string, string> | string,
  options: CheckOptions = {},
): Promise<BuildPlan> {
  const plans = await plansOf(files, options);
  assert.equal(plans.length, 1);
  return plans[0] as BuildPlan;
}

function resolved(plan: Pick<ProvisionerPlan, 'resolve'> | undefined): JsonObject {
  const result = plan?.resolve(DATA);
  assert.ok(result?.ok, JSON.stringify(result));
  return result.config;
}

describe('the source', () => {
  it('has the defaults of the table and absolute paths', async () => {
    await inDirectory({ 'vm.pkr.hcl': templateOf() }, async (cwd) => {
      const { configuration } = await loadConfiguration('.', { cwd, env: {} });
      const { plans } = await planBuilds(configuration);
      assert.deepEqual(JSON.parse(JSON.stringify(plans[0]?.source)), {
        type: 'vmm',
        name: 'base',
        origin: { file: 'vm.pkr.hcl', line: 1, column: 1 },
        config: {
          vm_name: 'base',
          vm_template: 'generic',
          disk_additional_size: [],
          disk_format: 'raw',
          disk_size: '20G',
          switches: [],
          console_fatal_patterns: [],
          console_ignore_patterns: [],
          log_directory: cwd,
          output_directory: cwd,
          given_output_directory: '.',
          gen_files_extension: 'pkr.in',
          gen_files_pattern: 'base',
          boot_command: '',
          boot_wait: 10_000,
          http_port_min: 8000,
          http_port_max: 9000,
          communicator: 'ssh',
          shutdown_timeout: 300_000,
        },
        ssh: {
          ssh_port: 22,
          ssh_username: 'root',
          ssh_password: 'secret',
          ssh_agent_auth: false,
          ssh_timeout: 300_000,
          ssh_handshake_attempts: 10,
          ssh_pty: false,
          ssh_disable_agent_forwarding: false,
          ssh_file_transfer_method: 'scp',
          ssh_keep_alive_interval: 5000,
          pause_before_connecting: 0,
          ssh_clear_authorized_keys: false,
          ssh_read_write_timeout: 0,
          ssh_local_tunnels: [],
          ssh_remote_tunnels: [],
        },
      });
    });
  });

  it('knows where an ISO image comes from, and where it is kept', async () => {
    const isoOf = (lines: string, env: Record<string, string>) =>
      inDirectory({ 'vm.pkr.hcl': templateOf(`${GOOD_SOURCE}\n${lines}`) }, async (cwd) => {
        const { configuration } = await loadConfiguration('.', { cwd, env });
        const { plans, diagnostics } = await planBuilds(configuration);
        assert.deepEqual(diagnostics, []);
        return { cwd, iso: plans[0]?.source.config.iso };
      });
    const { cwd, iso } = await isoOf(
      `iso_urls = ["https://example.org/a b.iso", "file:///srv/x.iso", "iso/x.iso"]
      iso_checksum = "file:sums"
      iso_target_path = "y.iso"`,
      { XDG_CACHE_HOME: '/xdg' },
    );
    assert.deepEqual(iso, {
      urls: ['https://example.org/a%20b.iso', '/srv/x.iso', join(cwd, 'iso/x.iso')],
      checksum: { file: join(cwd, 'sums') },
      targetPath: join(cwd, 'y.iso'),
      cacheDirectory: '/xdg/vmm-hcl',
    });
    const plain = await isoOf('iso_url = "http://example.org/x.iso"\niso_checksum = "NONE"', {
      PACKER_CACHE_DIR: 'cache',
    });
    assert.equal(plain.iso?.cacheDirectory, join(plain.cwd, 'cache'));
    assert.equal(plain.iso?.checksum, 'none');
  });

  it('knows what gets onto a CD, {{ }} replaced, and that there is none without files and texts', async () => {
    const cdOf = (lines: string) =>
      inDirectory({ 'vm.pkr.hcl': templateOf(`${GOOD_SOURCE}\n${lines}`), x: '' }, async (cwd) => {
        const { configuration } = await loadConfiguration('.', { cwd, env: {} });
        const { plans, diagnostics } = await planBuilds(configuration);
        assert.deepEqual(diagnostics, []);
        return { cwd, cd: plans[0]?.source.config.cd };
      });
    const all = await cdOf(
      `cd_files = ["x", "*/y?"]\ncd_label = "cidata"\ncd_content = { "/meta-data" = "host: {{ build_name }}", "a/b" = 1 }`,
    );
    assert.deepEqual(all.cd, {
      files: ['x', '*/y?'],
      directory: all.cwd,
      content: { 'meta-data': 'host: base', 'a/b': '1' },
      label: 'cidata',
    });
    assert.equal((await cdOf('cd_content = { a = "" }')).cd?.label, 'packer');
    assert.equal((await cdOf('cd_files = []\ncd_content = {}')).cd, undefined);
  });

  it('takes everything that is written, converted to the type of the schema', async () => {
    await inDirectory(
      {
        'vm.pkr.hcl': templateOf(`${GOOD_SOURCE.replace('"20G"', '"1.5T"')}
          disk_format            = "qcow2"
          boot_device            = "net"
          boot                   = "bsd.rd"
          cdrom                  = "\${path.root}/install.iso"
          memory                 = "2G"
          cpus                   = "2"
          switches               = ["uplink"]
          console_fatal_patterns = ["^dead$", "end"]
          console_ignore_patterns = ["^alive"]
          disk_additional_size   = ["1G", "\${1 + 1}G"]
          output_directory       = "out"
          log_directory          = "/var/log/vm"
          boot_command           = ["A<enter>", "{{ .HTTPIP }}"]
          boot_wait              = "-1s"
          boot_key_interval      = "10ms"
          boot_keygroup_interval = "1s"
          http_content           = { "/a" = 1 }
          http_port_min          = "8100"
          http_port_max          = 8100
          http_bind_address      = "127.0.0.1"
          shutdown_command       = "halt -p"
          shutdown_timeout       = "1h"
          ssh_port               = "2222"
          ssh_private_key_file   = "key"
          ssh_pty                = "true"
          ssh_timeout            = "20m"
          ssh_keep_alive_interval = "-1s"`),
      },
      async (cwd) => {
        const { configuration } = await loadConfiguration('.', { cwd, env: {} });
        const { plans, diagnostics } = await planBuilds(configuration);
        assert.deepEqual(diagnostics, []);
        const plan = plans[0];
        assert.ok(plan);
        const { config, ssh } = plan.source;
        assert.equal(config.disk_size, '1.5T');
        assert.equal(config.boot, join(cwd, 'bsd.rd'));
        assert.equal(config.cpus, 2);
        assert.deepEqual(config.switches, ['uplink']);
        assert.deepEqual(config.console_fatal_patterns, ['^dead$', 'end']);
        assert.deepEqual(config.console_ignore_patterns, ['^alive']);
        assert.deepEqual(config.disk_additional_size, ['1G', '2G']);
        assert.equal(config.cdrom, join(cwd, 'install.iso'));
        assert.equal(config.output_directory, join(cwd, 'out'));
        assert.equal(config.log_directory, '/var/log/vm');
        assert.equal(config.boot_command, 'A<enter>{{ .HTTPIP }}');
        assert.deepEqual(
          [config.boot_wait, config.boot_key_interval, config.boot_keygroup_interval],
          [-1000, 10, 1000],
        );
        assert.deepEqual(config.http_content, { '/a': '1' });
        assert.deepEqual([config.http_port_min, config.http_port_max], [8100, 8100]);
        assert.equal(config.shutdown_timeout, 3_600_000);
        assert.equal(ssh.ssh_port, 2222);
        assert.equal(ssh.ssh_private_key_file, join(cwd, 'key'));
        assert.equal(ssh.ssh_pty, true);
        // One of the two limits set: the other has none.
        assert.deepEqual([ssh.ssh_timeout, ssh.ssh_handshake_attempts], [1_200_000, 0]);
        assert.equal(ssh.ssh_keep_alive_interval, 0);
      },
    );
  });

  it('serves a directory and generates what the pattern names', async () => {
    const options = 'http_directory = "http"\n gen_files_pattern = "answers"\n gen_files_extension = "in"';
    const { config } = (await planOf(templateOf(`${GOOD_SOURCE}\n${options}`))).source;
    assert.match(config.http_directory ?? '', /^\/.*\/http$/);
    assert.deepEqual([config.gen_files_pattern, config.gen_files_extension], ['answers', 'in']);
  });

  const waits: [written: string, milliseconds: number][] = [
    ['boot_wait = "0s"', 10_000],
    ['boot_wait = ""', 10_000],
    ['boot_wait = "1ms"', 1],
    ['boot_wait = null', 10_000],
  ];
  for (const [written, milliseconds] of waits) {
    it(`${written} is ${milliseconds} ms`, async () => {
      const plan = await planOf(templateOf(`${GOOD_SOURCE}\n  ${written}`));
      assert.equal(plan.source.config.boot_wait, milliseconds);
    });
  }

  it('takes the key interval of the environment when it sets none', async () => {
    const env = { PACKER_KEY_INTERVAL: '20ms' };
    const plain = await planOf(templateOf(), { env });
    assert.equal(plain.source.config.boot_key_interval, 20);
    const own = await planOf(templateOf(`${GOOD_SOURCE}\n  boot_key_interval = "5ms"`), { env });
    assert.equal(own.source.config.boot_key_interval, 5);
  });

  it('has {{ }} replaced once, except in boot_command', async () => {
    const plan = await planOf(
      templateOf(`${GOOD_SOURCE}
        output_directory = "out-{{ build_name }}-{{ build_type | upper }}"
        boot_command     = ["{{ .Name }}{{ build_name }}"]`),
    );
    assert.match(plan.source.config.output_directory, /\/out-base-VMM$/);
    assert.equal(plan.source.config.boot_command, '{{ .Name }}{{ build_name }}');
  });

  it('of both types is the same builder', async () => {
    const plan = await planOf(
      templateOf().replaceAll('"vmm"', '"openbsd-vmm"').replace('vmm.base', 'openbsd-vmm.base'),
    );
    assert.equal(plan.source.type, 'openbsd-vmm');
    assert.equal(plan.name, 'openbsd-vmm.base');
  });
});

describe('builds', () => {
  const TWO = `
    source "vmm" "a" {
      vm_name      = source.name
      vm_template  = "generic"
      disk_size    = "1G"
      communicator = "none"
    }
    source "vmm" "b" {
      vm_name      = "b"
      vm_template  = "\${source.type}-\${source.name}"
      disk_size    = "1G"
      communicator = "none"
    }
    source "qemu" "c" {
      nonsense = {}
    }
    build {
      name    = "first"
      sources = ["source.vmm.a", "vmm.b", "source.qemu.c"]
    }
    build {
      source "source.vmm.a" {
        name   = "big"
        memory = "4G"
      }
    }`;

  it('are named [BUILD.]TYPE.NAME, in the order of the template', async () => {
    const plans = await plansOf(TWO);
    assert.deepEqual(
      plans.map(({ name, buildName, source }) => [name, buildName, source.name, source.config.vm_name]),
      [
        ['first.vmm.a', 'first', 'a', 'a'],
        ['first.vmm.b', 'first', 'b', 'b'],
        ['vmm.big', '', 'big', 'big'],
      ],
    );
    assert.equal(plans[1]?.source.config.vm_template, 'vmm-b');
    assert.equal(plans[2]?.source.config.memory, '4G');
  });

  const filters: [options: CheckOptions, names: string[]][] = [
    [{ only: ['*.a'] }, ['first.vmm.a']],
    [{ only: ['first.*'] }, ['first.vmm.a', 'first.vmm.b']],
    [{ only: ['vmm.big', '*.b'] }, ['first.vmm.b', 'vmm.big']],
    [{ except: ['first.*'] }, ['vmm.big']],
    [{ only: ['first.*'], except: ['*.a'] }, ['first.vmm.b']],
    [{ only: ['vmm.a'] }, []],
  ];
  for (const [options, names] of filters) {
    it(`${JSON.stringify(options)} selects ${names.join(', ') || 'nothing'}`, async () => {
      const plans = await plansOf(TWO, options);
      assert.deepEqual(
        plans.map(({ name }) => name),
        names,
      );
    });
  }

  it('an invalid build does not keep the others from being planned', async () => {
    const { planned } = await check({ 'vm.pkr.hcl': TWO.replace('"1G"', '"oops"') });
    assert.deepEqual(
      planned.plans.map(({ name }) => name),
      ['first.vmm.b'],
    );
    assert.deepEqual(planned.invalid, ['first.vmm.a', 'vmm.big']);
  });

  it('tell every sensitive text', async () => {
    const plan = await planOf({
      'vm.pkr.hcl': templateOf(),
      'v.pkr.hcl': `
        variable "p" {
          default   = { user = "root", keys = ["k1", "k2"], n = 5 }
          sensitive = true
        }
        variable "plain" { default = "shown" }
        locals { derived = "x-\${var.p.user}" }`,
    });
    assert.deepEqual([...plan.sensitive].sort(), ['k1', 'k2', 'root', 'x-root']);
  });
});

describe('provisioners', () => {
  it('keep the order of the file, and files the order of their names', async () => {
    const plan = await planOf({
      'a.pkr.hcl': templateOf(
        GOOD_SOURCE,
        `provisioner "shell" {
          inline = ["1"]
        }
        provisioner "file" {
          source      = "setup.sh"
          destination = "/tmp/"
        }
        dynamic "provisioner" {
          for_each = ["3", "4"]
          labels   = ["shell"]
          iterator = step
          content {
            inline = ["\${step.key}: \${step.value}"]
          }
        }
        provisioner "shell" {
          script = "setup.sh"
        }`,
      ),
    });
    assert.deepEqual(
      plan.provisioners.map(({ type }) => type),
      ['shell', 'file', 'shell', 'shell', 'shell'],
    );
    assert.deepEqual(resolved(plan.provisioners[2])['inline'], ['0: 3']);
    assert.deepEqual(resolved(plan.provisioners[3])['inline'], ['1: 4']);
    assert.deepEqual(plan.provisioners[1]?.origin, { file: 'a.pkr.hcl', line: 14, column: 9 });
  });

  it('are evaluated again with what the build knows', async () => {
    const plan = await planOf(
      templateOf(
        GOOD_SOURCE,
        `name = "nightly"
        provisioner "shell" {
          inline = ["\${build.ID} \${build.Host}:\${build.Port} \${build.name} \${source.name} {{ .ID }} {{ build_name }}"]
        }`,
      ),
    );
    assert.deepEqual(resolved(plan.provisioners[0])['inline'], ['vm-7 100.64.1.3:22 nightly base vm-7 base']);
  });

  it('report what is wrong only with the real values', async () => {
    const plan = await planOf(
      templateOf(
        GOOD_SOURCE,
        `provisioner "shell" {
          inline           = ["true"]
          valid_exit_codes = [build.Host == "<unknown>" ? 0 : 999]
        }`,
      ),
    );
    const result = plan.provisioners[0]?.resolve(DATA);
    assert.ok(result && !result.ok);
    assert.deepEqual(result.problems, [
      {
        summary: 'Value out of range',
        detail: 'valid_exit_codes is 999; it must be from 0 to 255.',
        file: 'vm.pkr.hcl',
        line: 13,
        column: 31,
      },
    ]);
  });

  it('have the defaults of their schema', async () => {
    const plan = await planOf(templateOf(GOOD_SOURCE, 'provisioner "shell" {\n inline = ["true"]\n }'));
    assert.deepEqual(resolved(plan.provisioners[0]), {
      inline: ['true'],
      inline_shebang: '/bin/sh -e',
      environment_vars: [],
      env: {},
      use_env_var_file: false,
      remote_folder: '/tmp',
      binary: false,
      start_retry_timeout: '5m',
      valid_exit_codes: [0],
      expect_disconnect: false,
      skip_clean: false,
      pause_after: '0s',
    });
  });

  it('leave {{ }} of execute_command to the build', async () => {
    const plan = await planOf(
      templateOf(
        GOOD_SOURCE,
        'provisioner "shell" {\n inline = ["true"]\n execute_command = "doas {{ .Path }}"\n }',
      ),
    );
    assert.equal(resolved(plan.provisioners[0])['execute_command'], 'doas {{ .Path }}');
  });

  it('have meta-arguments', async () => {
    const plan = await planOf(
      templateOf(
        GOOD_SOURCE,
        `provisioner "shell" {
          inline            = ["true"]
          name              = "set up"
          pause_before      = "1m30s"
          max_retries       = "3"
          continue_on_error = true
          timeout           = "5s"
        }
        provisioner "shell" {
          inline  = ["true"]
          timeout = "5s"
        }
        error-cleanup-provisioner "shell-local" {
          inline = ["echo failed"]
        }`,
      ),
    );
    const [first, second] = plan.provisioners;
    assert.deepEqual(
      [first?.name, first?.pauseBefore, first?.maxRetries, first?.continueOnError],
      ['set up', 90_000, 3, true],
    );
    // Packer starts no timer for a provisioner that pauses first.
    assert.equal(first?.timeout, 0);
    assert.equal(second?.timeout, 5000);
    assert.deepEqual(resolved(plan.errorCleanupProvisioner)['inline'], ['echo failed']);
  });

  it('apply to the sources that only and except name, and are overridden by source', async () => {
    const plans = await plansOf(`
      source "vmm" "a" {
        vm_name      = "a"
        vm_template  = "generic"
        disk_size    = "1G"
        communicator = "none"
      }
      source "vmm" "b" {
        vm_name      = "b"
        vm_template  = "generic"
        disk_size    = "1G"
        communicator = "none"
      }
      build {
        sources = ["vmm.a", "vmm.b"]
        provisioner "shell" {
          only   = ["vmm.a"]
          inline = ["only a"]
        }
        provisioner "shell" {
          except = ["vmm.a"]
          inline = ["not a"]
        }
        provisioner "shell" {
          inline = ["1", "2", "3"]
          override = {
            b = {
              inline      = ["one"]
              skip_clean  = "true"
            }
            c = { nonsense = 1 }
          }
        }
        post-processor "manifest" {
          only = ["vmm.b"]
        }
      }`);
    const inlines = plans.map(({ provisioners }) => provisioners.map((one) => resolved(one)['inline']));
    assert.deepEqual(inlines, [
      [['only a'], ['1', '2', '3']],
      // A shorter list leaves the tail of the longer one, as in Packer.
      [['not a'], ['one', '2', '3']],
    ]);
    assert.equal(resolved(plans[1]?.provisioners[1])['skip_clean'], true);
    assert.deepEqual(
      plans.map(({ postProcessors }) => postProcessors.length),
      [0, 1],
    );
  });
});

describe('post-processors', () => {
  const BUILD = `
    post-processor "manifest" {
      strip_path = true
    }
    post-processors {
      post-processor "checksum" {
        checksum_types      = ["sha256"]
        keep_input_artifact = false
      }
      dynamic "post-processor" {
        for_each = ["one", "two"]
        labels   = ["manifest"]
        iterator = each
        content {
          name   = each.value
          output = "\${each.value}.json"
        }
      }
    }`;

  it('form sequences in the order of the file', async () => {
    const plan = await planOf(templateOf(GOOD_SOURCE, BUILD));
    assert.deepEqual(
      plan.postProcessors.map((sequence) => sequence.map(({ type, name }) => name ?? type)),
      [['manifest'], ['checksum', 'one', 'two']],
    );
    const [, [checksum, , two] = []] = plan.postProcessors;
    assert.equal(checksum?.keepInputArtifact, false);
    assert.equal(
      resolved(checksum)['output'],
      'packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum',
    );
    assert.equal(resolved(two)['output'], 'two.json');
  });

  it('-except drops one and what follows it', async () => {
    const plan = await planOf(templateOf(GOOD_SOURCE, BUILD), { except: ['one', 'manifest'] });
    assert.deepEqual(
      plan.postProcessors.map((sequence) => sequence.map(({ type, name }) => name ?? type)),
      [['checksum']],
    );
  });
});

describe('JSON templates', () => {
  it('mean the same', async () => {
    const plan = await planOf({
      'vm.pkr.json': JSON.stringify({
        '//': 'a comment',
        variable: { size: { type: 'string', default: '30G' } },
        locals: { name: 'base-${lower("X")}' },
        source: {
          vmm: {
            base: {
              vm_name: '${local.name}',
              vm_template: 'generic',
              disk_size: '${var.size}',
              ssh_username: 'root',
              ssh_password: 'secret',
              boot_command: ['A<enter>', '${source.name}'],
            },
          },
        },
        build: {
          sources: ['source.vmm.base'],
          provisioner: [
            { shell: { inline: ['1 ${build.ID}'] } },
            { file: { source: 'setup.sh', destination: '/tmp/' } },
            { shell: { inline: ['3'] } },
          ],
          'post-processors': [{ 'post-processor': [{ checksum: {} }, { manifest: {} }] }],
        },
      }),
    });
    assert.equal(plan.source.config.vm_name, 'base-x');
    assert.equal(plan.source.config.disk_size, '30G');
    assert.equal(plan.source.config.boot_command, 'A<enter>base');
    assert.deepEqual(
      plan.provisioners.map(({ type }) => type),
      ['shell', 'file', 'shell'],
    );
    assert.deepEqual(resolved(plan.provisioners[0])['inline'], ['1 vm-7']);
    assert.deepEqual(
      plan.postProcessors.map((sequence) => sequence.map(({ type }) => type)),
      [['checksum', 'manifest']],
    );
  });
});

describe('data "http"', () => {
  it('is fetched when a build is to run', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/missing') response.statusCode = 404;
      response.end(`${request.method} ${request.headers['x-test']}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const template = (path: string) => ({
      'd.pkr.hcl': `data "http" "x" {
        url             = "http://127.0.0.1:${port}${path}"
        request_headers = { "X-Test" = "yes" }
      }`,
      'vm.pkr.hcl': templateOf(GOOD_SOURCE.replace('"base"', 'replace(lower(data.http.x.body), " ", "-")')),
    });
    try {
      const plan = await planOf(template('/'), { dataSources: 'run' });
      assert.equal(plan.source.config.vm_name, 'get-yes');
      const { diagnostics } = await check(template('/missing'), { dataSources: 'run' });
      assert.deepEqual(
        diagnostics.map(({ code, detail }) => [code, detail]),
        [['data-failed', `http://127.0.0.1:${port}/missing answered 404 Not Found. Check the address.`]],
      );
    } finally {
      server.close();
    }
  });

  it('goes through the proxy of the environment, and where the server leads', async (t) => {
    const server = createServer((request, response) => {
      const { method, url, headers } = request;
      if (url === '/post')
        return void response.writeHead(303, { location: 'http://other.example/get' }).end();
      if (url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
      const { host, authorization = 'none' } = headers;
      void text(request).then((body) => response.end(`${method} ${host} ${authorization} "${body}"`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const proxy = await startWebProxy(t, {
      target: (server.address() as AddressInfo).port,
      login: 'me:geheim',
    });
    const env = { HTTP_PROXY: `http://me:geheim@${proxy.name}` };
    const bodyOf = async (path: string, environment: Record<string, string> = env) => {
      const files = {
        'd.pkr.hcl': `data "http" "x" {
          url             = "http://web.example${path}"
          method          = "POST"
          request_body    = "hello"
          request_headers = { Authorization = "key" }
        }`,
        'l.pkr.hcl': 'locals {\n  body = data.http.x.body\n}\n',
        'vm.pkr.hcl': templateOf(),
      };
      const { loaded, diagnostics } = await check(files, { dataSources: 'run', env: environment });
      const value = loaded.configuration.names.locals.get('body')?.value;
      return diagnostics[0]?.detail ?? (value as { content?: string } | undefined)?.content;
    };
    assert.equal(await bodyOf('/'), 'POST web.example key "hello"');
    assert.equal(await bodyOf('/post'), 'GET other.example none ""');
    assert.deepEqual(proxy.asked, [
      'POST http://web.example/',
      'POST http://web.example/post',
      'GET http://other.example/get',
    ]);
    assert.match((await bodyOf('/loop')) ?? '', /from one URL to the next, more than 10 times/);
    const wrong = await bodyOf('/', { HTTP_PROXY: `http://me:falsch@${proxy.name}` });
    assert.match(wrong ?? '', /could not be fetched: the proxy .* 407 .*another user and password/);
    assert.doesNotMatch(wrong ?? '', /falsch/);
  });

  it('is not waited for when it never ends', async () => {
    const server = createServer((_request, response) => response.write('x'.repeat(17 * 1024 * 1024)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    try {
      const files = { 'd.pkr.hcl': `data "http" "x" {\n  url = "${url}"\n}\n`, 'vm.pkr.hcl': templateOf() };
      const { diagnostics } = await check(files, { dataSources: 'run' });
      assert.deepEqual(
        diagnostics.map(({ detail }) => detail),
        [`${url} sends more than 16.0 MiB, which is too much for a text.`],
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('gives sensitive outputs for what is sensitive', async () => {
    const { loaded } = await check({
      'v.pkr.hcl': 'variable "token" {\n  default   = "geheim"\n  sensitive = true\n}\n',
      'd.pkr.hcl':
        'data "http" "x" {\n  url = "http://127.0.0.1:1/"\n  request_headers = { a = var.token }\n}\n',
      'l.pkr.hcl': 'locals {\n  sent = data.http.x.request_headers\n  url = data.http.x.url\n}\n',
      'vm.pkr.hcl': templateOf(),
    });
    const { locals } = loaded.configuration.names;
    assert.equal(isSensitive(locals.get('sent')!.value), true);
    assert.equal(isSensitive(locals.get('url')!.value), false);
  });

  it('leaves what is made of it unjudged while validating', async () => {
    const plan = await planOf({
      'd.pkr.hcl': 'data "http" "x" {\n  url = "http://127.0.0.1:1/"\n}\n',
      'vm.pkr.hcl': templateOf(
        GOOD_SOURCE.replace('"20G"', 'data.http.x.body').replace('"base"', '"${data.http.x.body} !"'),
      ),
    });
    assert.equal(plan.source.config.disk_size, '<unknown>');
  });
});

describe('data "sshkey"', () => {
  const files = {
    'd.pkr.hcl': 'data "sshkey" "install" {\n  name = "t"\n  type = "ed25519"\n}\n',
    'vm.pkr.hcl': templateOf(
      GOOD_SOURCE.replace(
        'ssh_password = "secret"',
        'ssh_private_key_file = data.sshkey.install.private_key_path',
      ).concat('\n  http_content = { "/key" = data.sshkey.install.public_key }'),
    ),
  };

  it('makes a key once, and only for a build', async () => {
    await inDirectory(files, async (cwd) => {
      const env = { PACKER_CACHE_DIR: join(cwd, 'cache') };
      const plan = async (dataSources: 'run' | 'skip') => {
        const { configuration, diagnostics } = await loadConfiguration('.', { cwd, env, dataSources });
        const planned = await planBuilds(configuration);
        assert.deepEqual([...diagnostics, ...planned.diagnostics], []);
        return planned.plans[0]?.source;
      };
      assert.equal((await plan('skip'))?.config.http_content?.['/key'], '<unknown>');
      assert.equal(existsSync(env.PACKER_CACHE_DIR), false);
      const first = await plan('run');
      const path = join(env.PACKER_CACHE_DIR, 'ssh_private_key_t_ed25519.pem');
      assert.equal(first?.ssh.ssh_private_key_file, path);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.match(first.config.http_content?.['/key'] ?? '', /^ssh-ed25519 [A-Za-z0-9+/=]+$/);
      assert.deepEqual((await plan('run'))?.config, first.config);
      assert.deepEqual(readdirSync(env.PACKER_CACHE_DIR), ['ssh_private_key_t_ed25519.pem']);
    });
  });
});

describe('inspectConfiguration', () => {
  it('tells what a template consists of, and no secret', async () => {
    const { loaded } = await check(
      {
        'vm.pkr.hcl': templateOf(
          GOOD_SOURCE,
          `name = "n"
          provisioner "shell" {
            inline = ["true"]
          }
          post-processor "manifest" {
          }`,
        ),
        'v.pkr.hcl': `
          variable "a" {
            default     = "x"
            description = "An a."
          }
          variable "p" {
            default   = "hunter2"
            sensitive = true
          }
          variable "n" {
            type = list(string)
          }
          locals {
            l = [1]
          }`,
      },
      { vars: [{ name: 'a', value: 'y' }] },
    );
    const { diagnostics, ...inspection } = inspectConfiguration(loaded.configuration);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(inspection, {
      requiredVersion: undefined,
      requiredPlugins: [],
      variables: [
        { name: 'a', value: 'y', state: 'known', type: 'string', description: 'An a.', origin: '-var' },
        {
          name: 'p',
          value: undefined,
          state: 'sensitive',
          type: 'string',
          description: '',
          origin: 'default',
        },
        {
          name: 'n',
          value: undefined,
          state: 'unset',
          type: 'list of string',
          description: '',
          origin: undefined,
        },
      ],
      locals: [{ name: 'l', value: [1], state: 'known' }],
      dataSources: [],
      sources: [{ type: 'vmm', name: 'base', built: true }],
      builds: [
        {
          name: 'n',
          description: '',
          sources: ['n.vmm.base'],
          provisioners: [{ type: 'shell' }],
          errorCleanupProvisioner: undefined,
          postProcessors: [[{ type: 'manifest' }]],
        },
      ],
    });
  });

  it('says what the required plugins mean here', async () => {
    const plugins = ['vmm', 'qemu', 'ansible', 'puppet', 'amazon', 'sshkey'].map(
      (name) => `${name} = { version = ">= 1.0.0", source = "github.com/x/${name}" }`,
    );
    const { loaded } = await check({
      'p.pkr.hcl': `packer {\n required_version = ">= 1.7"\n required_plugins {\n${plugins.join('\n')}\n}\n}\n`,
      'q.pkr.hcl': 'source "qemu" "x" {\n}\n',
      'vm.pkr.hcl': templateOf(
        GOOD_SOURCE,
        'provisioner "ansible-local" {\n}\nprovisioner "puppet-masterless" {\n}\n',
      ),
    });
    const { requiredPlugins, requiredVersion } = inspectConfiguration(loaded.configuration);
    assert.equal(requiredVersion, '>= 1.7');
    assert.deepEqual(
      requiredPlugins.map(({ name, status }) => `${name} ${status}`),
      [
        'vmm built-in',
        'qemu unsupported',
        'ansible built-in',
        'puppet unsupported',
        'amazon not-needed',
        'sshkey built-in',
      ],
    );
  });
});
