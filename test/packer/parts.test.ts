import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { compileGlob } from '../../src/packer/glob.ts';
import { evaluationOrder } from '../../src/packer/graph.ts';
import { satisfies } from '../../src/packer/version-constraint.ts';

describe('compileGlob', () => {
  const table: [pattern: string, name: string, matches: boolean][] = [
    ['vmm.a', 'vmm.a', true],
    ['vmm.a', 'base.vmm.a', false],
    ['*', 'base.vmm.a', true],
    ['*.a', 'base.vmm.a', true],
    ['vmm.*', 'base.vmm.a', false],
    ['base.?mm.a', 'base.vmm.a', true],
    ['vmm.[ab]', 'vmm.b', true],
    ['vmm.[!ab]', 'vmm.b', false],
    ['vmm.[a-c]', 'vmm.b', true],
    ['vmm.{a,b}', 'vmm.b', true],
    ['vmm.{a,b}', 'vmm.c', false],
    ['vmm.\\*', 'vmm.*', true],
    ['vmm.\\*', 'vmm.a', false],
    ['vmm(a)+', 'vmm(a)+', true],
  ];
  for (const [pattern, name, matches] of table) {
    it(`${pattern} ${matches ? 'matches' : 'does not match'} ${name}`, () => {
      assert.equal(compileGlob(pattern)?.test(name), matches);
    });
  }
  it('refuses what has no end', () => {
    for (const pattern of ['vmm.[a', 'vmm.{a,b', 'vmm\\'])
      assert.equal(compileGlob(pattern), undefined, pattern);
  });
});

describe('satisfies', () => {
  const table: [constraint: string, fits: boolean | undefined][] = [
    ['>= 1.7', true],
    ['>= 1.7.0, < 2.0.0', true],
    ['< 1.16', false],
    ['1.16.0', true],
    ['= 1.16', true],
    ['!= 1.16.0', false],
    ['~> 1.7', true],
    ['~> 1.16.0', true],
    ['~> 1.15.0', false],
    ['~> 2.0', false],
    ['~> 1', true],
    ['v1.16.0', true],
    ['> 1.16.0-dev', true],
    ['^1.7', undefined],
    ['>= 1.x', undefined],
    ['', undefined],
    ['>= 99999999999999999999', undefined],
    ['>= 1.0.0-01', undefined],
    ['>= 1.0.0-..', undefined],
  ];
  for (const [constraint, fits] of table) {
    it(`1.16.0 against "${constraint}" is ${fits}`, () => {
      assert.equal(satisfies('1.16.0', constraint), fits);
    });
  }
});

describe('evaluationOrder', () => {
  const graph = (edges: Record<string, string[]>) =>
    evaluationOrder(Object.entries(edges).map(([name, dependencies]) => ({ name, dependencies })));
  const names = (nodes: readonly { name: string }[]) => nodes.map(({ name }) => name).join(' ');

  it('puts dependencies first and keeps the given order otherwise', () => {
    assert.equal(names(graph({ a: ['c'], b: [], c: ['d'], d: [] }).order), 'd c a b');
  });
  it('finds cycles and self references', () => {
    const { cycles, order } = graph({ a: ['b'], b: ['c'], c: ['a', 'd'], d: ['d'] });
    assert.deepEqual(cycles.map(names), ['a b c', 'd']);
    assert.equal(order.length, 4);
  });
  it('follows a chain of ten thousand', () => {
    const edges = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`n${at}`, [`n${at + 1}`]]));
    assert.equal(graph(edges).order.at(-1)?.name, 'n0');
  });
});

describe('starting', () => {
  it('the dialect loads nothing heavy by itself', () => {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(file, 'utf8');
      for (const [, names = '', from = ''] of text.matchAll(
        /^(?:import|export)\s+(type\b)?[^;]*?from '([^']+)';/gms,
      )) {
        if (names === 'type') continue;
        if (from.startsWith('.')) visit(join(dirname(file), from));
        else if (!from.startsWith('node:')) packages.add(from);
      }
    };
    visit('src/packer/index.ts');
    assert.ok(seen.size > 100);
    assert.deepEqual([...packages], []);
  });
});
