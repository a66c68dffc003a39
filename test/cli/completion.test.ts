import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { SHELLS } from '../../src/cli/completion.ts';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-completion-'));
after(() => rmSync(folder, { recursive: true }));

/** What bash offers for a command line that ends at the cursor. */
function bashOffers(line: string): string[] {
  const script = `${SHELLS['bash']!(COMMANDS)}
COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
read -ra COMP_WORDS <<< "\${COMP_LINE//=/ = }"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_vmm_hcl 2>/dev/null
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.split('\n').filter((word) => word !== '');
}

function has(shell: string): boolean {
  return spawnSync(shell, ['-c', 'true']).status === 0;
}

describe('shell completion', () => {
  test('each shell has a script that names every command and flag', () => {
    for (const [shell, script] of Object.entries(SHELLS)) {
      const text = script(COMMANDS);
      for (const { name, flags } of COMMANDS) {
        assert.ok(text.includes(name), `${shell}: ${name}`);
        for (const flag of flags) assert.ok(text.includes(flag.name), `${shell}: -${flag.name}`);
      }
    }
  });

  for (const shell of Object.keys(SHELLS)) {
    test(`${shell} can parse its script`, { skip: has(shell) ? false : `${shell} is not installed` }, () => {
      const file = join(folder, shell);
      writeFileSync(file, SHELLS[shell]!(COMMANDS));
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
    });
  }

  test('bash completes commands, flags and their values', () => {
    assert.deepEqual(bashOffers('vmm-hcl ver'), ['version']);
    assert.deepEqual(bashOffers('vmm-hcl build -fo'), ['-force']);
    assert.deepEqual(bashOffers('vmm-hcl build -on-error=a'), ['abort', 'ask']);
    assert.deepEqual(bashOffers('vmm-hcl fmt -w'), ['-write=false']);
    assert.deepEqual(bashOffers('vmm-hcl completion k'), ['ksh']);
    assert.deepEqual(bashOffers('vmm-hcl validate package.js'), ['package.json']);
    assert.deepEqual(bashOffers('vmm-hcl nonsense -f'), []);
  });

  test('an unknown shell is refused', async () => {
    const io = fakeIo();
    assert.equal(await main(['completion', 'csh'], io), 1);
    assert.match(io.written.err, /no completion for "csh"; take one of bash, zsh, fish, ksh\./);
  });
});
