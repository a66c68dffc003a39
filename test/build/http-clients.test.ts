import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientsOf } from '../../src/build/steps/http-server.ts';

const ROWS = [
  { title: "a tap: the guest's address", bind: '100.64.2.2', guest: '100.64.2.3', served: ['100.64.2.3'] },
  {
    title: 'the loopback network, where user-mode networking puts its guests',
    bind: '127.0.0.1',
    guest: '127.0.0.1',
  },
  { title: 'the loopback network of a stand-in', bind: '127.64.1.2', guest: '127.64.1.3' },
  { title: 'an address that the template names', bind: '100.64.2.2', guest: '100.64.2.3', named: '0.0.0.0' },
];

for (const { title, bind, guest, named, served } of ROWS) {
  test(`the HTTP server answers ${title}${served === undefined ? ': whoever reaches it' : ''}`, () => {
    assert.deepEqual(clientsOf(named, { bind, guest: { host: guest } }), served);
  });
}
