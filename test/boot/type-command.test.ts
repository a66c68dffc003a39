import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyEncoder } from '../../src/boot/encode.ts';
import { parseBootCommand } from '../../src/boot/parse.ts';
import { typeBootCommand, type TypingConsole } from '../../src/boot/type-command.ts';

function bytesOf(text: string): string {
  const keys = parseBootCommand(text).expressions.filter((expression) => expression.type !== 'wait');
  const encoder = new KeyEncoder();
  return Buffer.concat(keys.map((key) => encoder.encode(key))).toString();
}

describe('the bytes of keys', () => {
  for (const [text, bytes] of [
    ['aB~é', 'aB~é'],
    ['<enter><return>\n', '\r\r\r'],
    ['<bs><tab><esc><spacebar>', '\x7f\t\x1b '],
    ['<del><insert><home><end>', '\x1b[3~\x1b[2~\x1b[H\x1b[F'],
    ['<pageUp><pageDown>', '\x1b[5~\x1b[6~'],
    ['<up><down><right><left>', '\x1b[A\x1b[B\x1b[C\x1b[D'],
    ['<f1><f2><f3><f4>', '\x1bOP\x1bOQ\x1bOR\x1bOS'],
    ['<f5><f6><f7><f8>', '\x1b[15~\x1b[17~\x1b[18~\x1b[19~'],
    ['<f9><f10><f11><f12><menu>', '\x1b[20~\x1b[21~\x1b[23~\x1b[24~\x1b[29~'],
    ['<leftCtrlOn>cC@?<spacebar> <leftCtrlOff>c', '\x03\x03\0\x7f\0\0c'],
    ['<rightCtrlOn>[6<rightCtrlOff>', '\x1b\x1e'],
    ['<leftAltOn>x<enter><leftAltOff>x', '\x1bx\x1b\rx'],
    ['<leftOptionOn>x<leftOptionOff>', '\x1bx'],
    ['<leftShiftOn>a1;é<tab><leftShiftOff>a', 'A!:É\x1b[Za'],
    ['<leftShiftOn><up><f1><f5><leftShiftOff>', '\x1b[1;2A\x1b[1;2P\x1b[15;2~'],
    ['<leftCtrlOn><leftAltOn><del><leftAltOff><left>', '\x1b[3;7~\x1b[1;5D'],
    ['<leftSuperOn>x<leftSuperOff><rightCommand><leftCtrl>x', 'xx'],
    ['<aOn><aOff>b', 'ab'],
    ['<leftCtrlOn><cOn><cOff>', '\x03'],
  ] as const) {
    it(JSON.stringify(text), () => assert.equal(bytesOf(text), bytes));
  }
});

/** A guest that answers each write with `respond`, and remembers when a key came before the last one was answered. */
class Guest implements TypingConsole {
  received = '';
  overruns = 0;
  #listener: (chunk: Uint8Array) => void = () => undefined;
  #busy = 0;
  readonly #respond: (text: string) => { after: number; output: string } | undefined;

  constructor(respond: (text: string) => { after: number; output: string } | undefined) {
    this.#respond = respond;
  }

  onData(listener: (chunk: Uint8Array) => void): () => void {
    this.#listener = listener;
    listener(Buffer.from('boot: history abcdefghijklmnopqrstuvwxyz'));
    return () => (this.#listener = () => undefined);
  }

  print(text: string): void {
    this.#listener(Buffer.from(text));
  }

  write(bytes: Uint8Array): Promise<void> {
    const text = Buffer.from(bytes).toString();
    this.received += text;
    if (this.#busy > 0) this.overruns++;
    const answer = this.#respond(text);
    if (answer !== undefined) {
      this.#busy++;
      setTimeout(() => {
        this.#busy--;
        this.#listener(Buffer.from(answer.output));
      }, answer.after);
    }
    return Promise.resolve();
  }
}

const signal = new AbortController().signal;

describe('typeBootCommand', () => {
  it('follows the echo of a slow guest that prints every character twice and moves the cursor', async () => {
    const guest = new Guest((text) => ({ after: 20, output: `\x1b[15;04H${text}\x1b[15;05H${text}\r\n` }));
    await typeBootCommand(guest, 'install auto=aabb<enter>', { signal });
    assert.equal(guest.received, 'install auto=aabb\r');
    assert.equal(guest.overruns, 0);
  });

  it('does not take other output for the echo', async () => {
    const guest = new Guest((text) => ({ after: 20, output: text }));
    const noise = setInterval(() => guest.print('eth0: link up\r\n'), 3);
    await typeBootCommand(guest, 'abcabc', { signal });
    clearInterval(noise);
    assert.equal(guest.received, 'abcabc');
    assert.equal(guest.overruns, 0);
  });

  it('goes on without an echo, faster after a few keys, and comes back to pacing when the echo does', async () => {
    let typed = 0;
    const guest = new Guest((text) => (++typed > 6 ? { after: 20, output: text } : undefined));
    await typeBootCommand(guest, 'secret-abcdef', { signal });
    assert.equal(guest.received, 'secret-abcdef');
    assert.equal(guest.overruns, 0);
  });

  it('waits for the late echo of a machine that was not given the processor', async () => {
    let typed = 0;
    const guest = new Guest((text) => ({ after: ++typed % 3 === 0 ? 400 : 1, output: text }));
    await typeBootCommand(guest, 'abcdef', { signal });
    assert.equal(guest.overruns, 0);
  });

  it('with an interval it does not look at the echo', async () => {
    const guest = new Guest(() => undefined);
    const keys: string[] = [];
    await typeBootCommand(guest, 'ab<wait1ms><up>', {
      signal,
      keyInterval: 1,
      groupInterval: 1,
      onKey: (expression) => keys.push(expression.type),
    });
    assert.equal(guest.received, 'ab\x1b[A');
    assert.deepEqual(keys, ['character', 'character', 'wait', 'special']);
  });

  it('sends the keys before a wait first, and ends the wait on abort', async () => {
    const controller = new AbortController();
    const guest = new Guest((text) => ({ after: 0, output: text }));
    const typing = typeBootCommand(guest, 'ab<wait1h>c', {
      signal: controller.signal,
      onKey: (expression) => {
        if (expression.type === 'wait') setImmediate(() => controller.abort(new Error('enough')));
      },
    });
    await assert.rejects(typing, /enough/);
    assert.equal(guest.received, 'ab');
  });

  it('refuses a command with an error before a key is sent', async () => {
    const guest = new Guest(() => undefined);
    await assert.rejects(typeBootCommand(guest, 'ab<wait0s>', { signal }), /<wait0s> waits for no time/);
    assert.equal(guest.received, '');
  });

  it('ends on abort while the console takes nothing', async () => {
    const controller = new AbortController();
    const stuck: TypingConsole = { onData: () => () => undefined, write: () => new Promise(() => undefined) };
    const typing = typeBootCommand(stuck, 'a', { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(typing, /enough/);
  });

  it('fails when the console is gone', async () => {
    const gone: TypingConsole = {
      onData: () => () => undefined,
      write: () => Promise.reject(new Error('the console is gone')),
    };
    await assert.rejects(typeBootCommand(gone, 'a', { signal }), /the console is gone/);
  });
});
