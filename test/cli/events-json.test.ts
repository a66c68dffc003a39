import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { BuildEvent, EventBody } from '../../src/build/events.ts';
import { main } from '../../src/cli/main.ts';
import { JsonView } from '../../src/cli/view/json-view.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from '../build/fake-hypervisor.ts';
import { makePlan, postProcessor, provisioner, run, temporaryFolder } from '../build/harness.ts';
import { fakeIo, output } from './fake-io.ts';
import { EVENTS } from './recorded.ts';

/** The compiler sees to it that no type of event is missing here, and the test that each has its place in the schema. */
const TYPES: Readonly<Record<EventBody['type'], true>> = {
  'build-start': true,
  'build-end': true,
  'step-start': true,
  'step-end': true,
  'cleanup-start': true,
  'cleanup-end': true,
  'cleanup-skipped': true,
  say: true,
  error: true,
  output: true,
  console: true,
  'console-line': true,
  status: true,
  'http-request': true,
  command: true,
  'command-end': true,
  'ssh-state': true,
  'provisioner-start': true,
  'provisioner-end': true,
  'post-processor-start': true,
  'post-processor-end': true,
  artifact: true,
};

const schema = JSON.parse(readFileSync('schema/events/v1.schema.json', 'utf8')) as {
  oneOf: { properties: { type: { const: string } } }[];
};
const validate = new Ajv2020({ strict: true, strictRequired: false }).compile(schema);
const documented = schema.oneOf.map(({ properties }) => properties.type.const);

/** The lines of a view that has seen `events`, each checked against the schema. */
function linesOf(events: readonly BuildEvent[], then: (view: JsonView) => void = () => {}) {
  let text = '';
  const view = new JsonView(
    output((piece) => (text += piece), false),
    output(() => {}, false),
  );
  events.forEach((event) => view.event(event));
  then(view);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const data = JSON.parse(line) as { type: string };
      assert.ok(validate(data), `${line}: ${JSON.stringify(validate.errors)}`);
      return data;
    });
}

test('the schema knows every type of event, and no other', () => {
  assert.deepEqual(
    documented.filter((type) => !['message', 'diagnostic', 'run-end'].includes(type)).sort(),
    Object.keys(TYPES).sort(),
  );
  const docs = readFileSync('docs/events.md', 'utf8');
  for (const type of documented) assert.ok(docs.includes(`| \`${type}\` |`), type);
});

test('every line of real builds fits the schema', async (t) => {
  const folder = await temporaryFolder(t);
  const ssh = await startSshServer(t, { password: 'correct horse' });
  const hypervisor = new FakeHypervisor({ guest: { host: '127.0.0.1', port: ssh.port } });
  const plan = (name: string, exit: number) =>
    makePlan(`${folder}/${name}`, {
      config: { vm_name: name, communicator: 'ssh', http_content: { '/x': 'y' } },
      plan: {
        name: `vmm.${name}`,
        provisioners: [provisioner('shell', { inline: [`echo out; echo err >&2; exit ${exit}`] })],
        postProcessors: [[postProcessor('manifest', { output: `${folder}/${name}.json` })]],
      },
    });
  const good = await run(plan('good', 0), hypervisor);
  const bad = await run(plan('bad', 3), hypervisor, { onError: 'abort' });
  hypervisor.failAt = { call: 'start install', error: new TypeError('a bug') };
  const bug = await run(plan('bug', 0), hypervisor);
  assert.deepEqual(
    [good, bad, bug].map(({ result }) => result.outcome),
    ['success', 'failure', 'failure'],
  );
  const builds = [good.result, bad.result, bug.result];
  const lines = linesOf([...good.events, ...bad.events, ...bug.events, ...EVENTS], (view) => {
    view.say('text');
    view.error('text');
    void view.finish({ builds, cancelled: false }, 5);
  });
  assert.equal(lines.at(-1)?.type, 'run-end');
  const seen = new Set(lines.map(({ type }) => type));
  assert.deepEqual(
    documented.filter((type) => !seen.has(type) && !['diagnostic'].includes(type)),
    [],
  );
});

test('problems of the template are lines too, and the two formats for programs exclude each other', async () => {
  const io = fakeIo();
  assert.equal(await main(['build', '-log-format=json', 'fixtures/no-such.pkr.hcl'], io), 1);
  const lines = io.written.out.trimEnd().split('\n');
  for (const line of lines) assert.ok(validate(JSON.parse(line)), line);
  assert.match(lines[0] ?? '', /"type":"diagnostic"/);
  assert.equal(io.written.err, '');
  const both = fakeIo();
  assert.equal(await main(['build', '-machine-readable', '-log-format=json', '.'], both), 1);
  assert.match(both.written.err, /Take one of them/);
});

test('what does not fit is seen', () => {
  const [event] = EVENTS;
  assert.throws(() => linesOf([{ ...event, hypervisor: 5 } as unknown as BuildEvent]));
  assert.throws(() => linesOf([{ ...event, type: 'new' } as unknown as BuildEvent]));
});
