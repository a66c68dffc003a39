import type * as Net from 'node:net';
import { asString } from '../value/access.ts';
import { listValue, stringValue } from '../value/construct.ts';
import { listType, NUMBER, STRING } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { defineFunction, parameter, sizeNumber, wholeNumber } from './define.ts';
import { lazily } from './lazy.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const net = lazily<typeof Net>('node:net');

/** A network: the number of its first address, the length of its prefix, and how many bits an address has. */
interface Network {
  readonly base: bigint;
  readonly prefix: number;
  readonly bits: 32 | 128;
}

/** Reads a network such as `10.0.0.0/8`; undefined if it is none. Bits after the prefix are dropped. */
function parseNetwork(text: string): Network | undefined {
  const match = /^([^/%]+)\/(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [, address = '', prefixText] = match;
  const bits = net().isIPv4(address) ? 32 : net().isIPv6(address) ? 128 : undefined;
  const prefix = Number(prefixText);
  if (bits === undefined || prefix > bits) return undefined;
  const host = BigInt(bits - prefix);
  return { base: (addressNumber(address) >> host) << host, prefix, bits };
}

/** The number of a valid address, IPv4 or IPv6. */
function addressNumber(address: string): bigint {
  const ipv4 = /(?:\d+\.){3}\d+$/.exec(address)?.[0];
  if (ipv4 === address) return combine(ipv4.split('.').map(BigInt), 8n);
  const groups = (part: string): bigint[] =>
    part === '' ? [] : part.split(':').map((group) => BigInt(`0x${group}`));
  // The last two groups may be written as an IPv4 address.
  const ipv4Groups =
    ipv4 === undefined ? '' : addressNumber(ipv4).toString(16).padStart(8, '0').replace(/.{4}$/, ':$&');
  const text = ipv4 === undefined ? address : address.slice(0, -ipv4.length) + ipv4Groups;
  const [head = '', tail] = text.split('::');
  if (tail === undefined) return combine(groups(head), 16n);
  const ends = [groups(head), groups(tail)] as const;
  const zeros = Array.from({ length: 8 - ends[0].length - ends[1].length }, () => 0n);
  return combine([...ends[0], ...zeros, ...ends[1]], 16n);
}

function combine(digits: readonly bigint[], bits: bigint): bigint {
  return digits.reduce((number, digit) => (number << bits) | digit, 0n);
}

function network(value: Value, argument?: number): Network {
  const text = asString(value);
  const parsed = parseNetwork(text);
  if (parsed === undefined) {
    throw new FunctionError(
      `${JSON.stringify(text)} is not a network in CIDR notation, such as "192.168.0.0/16"`,
      argument,
    );
  }
  return parsed;
}

/** True for IPv6 addresses that stand for IPv4 ones, ::ffff:0:0/96; these are written as IPv4. */
function isMapped(base: bigint, bits: number): boolean {
  return bits === 128 && base >> 32n === 0xffffn;
}

function addressText(base: bigint, bits: number): string {
  if (bits === 32 || isMapped(base, bits)) return digitsOf(base & 0xffffffffn, 4, 8n).join('.');
  const text = digitsOf(base, 8, 16n)
    .map((group) => group.toString(16))
    .join(':');
  // RFC 5952: the longest run of zeros, the first one of several, is left out, unless it is a single one.
  const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)];
  const [first] = runs;
  if (first === undefined) return text;
  const longest = runs.reduce((best, run) => (run[0].length > best[0].length ? run : best), first);
  const end = longest.index + longest[0].length;
  return `${text.slice(0, longest.index).replace(/:$/, '')}::${text.slice(end).replace(/^:/, '')}`;
}

/** The digits of a number in the base 2^bits. */
function digitsOf(number: bigint, count: number, bits: bigint): bigint[] {
  return Array.from({ length: count }, (_, index) =>
    BigInt.asUintN(Number(bits), number >> (BigInt(count - 1 - index) * bits)),
  );
}

function networkText({ base, prefix, bits }: Network): string {
  return `${addressText(base, bits)}/${isMapped(base, bits) ? prefix - 96 : prefix}`;
}

const prefixParameter = parameter(
  'prefix',
  STRING,
  'A network in CIDR notation, such as `10.0.0.0/8` or `fd00::/48`.',
);

const cidrhost = () =>
  defineFunction({
    name: 'cidrhost',
    description: 'Returns the address with a number in a network; a negative number counts from the end.',
    parameters: [prefixParameter, parameter('hostnum', NUMBER, 'The number of the address, from 0.')],
    result: STRING,
    call: ([prefixValue, hostnum]) => {
      const number = wholeNumber(hostnum!);
      const { base, prefix, bits } = network(prefixValue!);
      const count = 1n << BigInt(bits - prefix);
      if (number >= count || -number > count) {
        throw new FunctionError(
          `a network with a prefix of ${prefix} has no address with the number ${number}`,
        );
      }
      return stringValue(addressText(base | (number < 0n ? count + number : number), bits));
    },
  });

const cidrnetmask = () =>
  defineFunction({
    name: 'cidrnetmask',
    description: 'Returns the mask of a network in the form of an address.',
    parameters: [prefixParameter],
    result: STRING,
    call: ([prefixValue]) => {
      const { prefix, bits } = network(prefixValue!);
      const mask = ((1n << BigInt(prefix)) - 1n) << BigInt(bits - prefix);
      return stringValue(addressText(mask, bits));
    },
  });

/** So many bits one call may add to a prefix. */
const MOST_NEW_BITS = 32;

const cidrsubnet = () =>
  defineFunction({
    name: 'cidrsubnet',
    description: 'Returns the part of a network that has a longer prefix and a number among all such parts.',
    parameters: [
      prefixParameter,
      parameter('newbits', NUMBER, 'How many bits longer the prefix is to be, up to 32.'),
      parameter('netnum', NUMBER, 'The number of the part, from 0.'),
    ],
    result: STRING,
    call: ([prefixValue, newbitsValue, netnumValue]) => {
      const newbits = sizeNumber(newbitsValue!);
      const number = wholeNumber(netnumValue!);
      const parent = network(prefixValue!);
      if (newbits > MOST_NEW_BITS)
        throw new FunctionError(`the prefix may get at most ${MOST_NEW_BITS} bits longer`);
      if (newbits < 0) throw new FunctionError('the prefix cannot get shorter');
      const prefix = parent.prefix + newbits;
      if (prefix > parent.bits) {
        throw new FunctionError(
          `a prefix of ${parent.prefix} cannot get ${newbits} bits longer: an address has ${parent.bits}`,
        );
      }
      if (number < 0n || number >= 1n << BigInt(newbits)) {
        throw new FunctionError(`with ${newbits} more bits there is no part with the number ${number}`);
      }
      return stringValue(
        networkText({ ...parent, prefix, base: parent.base | (number << BigInt(parent.bits - prefix)) }),
      );
    },
  });

const cidrsubnets = () =>
  defineFunction({
    name: 'cidrsubnets',
    description:
      'Divides a network into parts with longer prefixes, one after the other, each at the next address that suits it.',
    parameters: [prefixParameter],
    variadic: parameter(
      'newbits',
      NUMBER,
      'For each part, how many bits longer its prefix is to be: 1 to 32.',
    ),
    result: listType(STRING),
    call: ([prefixValue, ...newbits]) => {
      const parent = network(prefixValue!, 0);
      const end = parent.base + (1n << BigInt(parent.bits - parent.prefix));
      let next = parent.base;
      const parts = newbits.map((value, index) => {
        const prefix = partPrefix(parent, value, index + 1);
        const host = BigInt(parent.bits - prefix);
        const base = ((next + (1n << host) - 1n) >> host) << host;
        // The reference takes the address 0, where its counting starts over, for the end of all addresses.
        if (base >= end || base === 0n) {
          throw argumentError(
            index + 1,
            `no room is left in the network for a part with a prefix of ${prefix}`,
          );
        }
        next = base + (1n << host);
        return stringValue(networkText({ ...parent, prefix, base }));
      });
      return listValue(parts, STRING);
    },
  });

function partPrefix(parent: Network, value: Value, argument: number): number {
  const bits = sizeNumber(value, argument);
  if (bits < 1) throw argumentError(argument, 'the prefix must get at least one bit longer');
  if (bits > MOST_NEW_BITS)
    throw argumentError(argument, `the prefix may get at most ${MOST_NEW_BITS} bits longer`);
  const prefix = parent.prefix + bits;
  if (prefix > parent.bits) {
    throw argumentError(argument, `a prefix of ${prefix} is too long: an address has ${parent.bits} bits`);
  }
  return prefix;
}

/** Functions of IP networks. */
export const cidrFunctions = (): readonly FunctionSpec[] => [
  cidrhost(),
  cidrnetmask(),
  cidrsubnet(),
  cidrsubnets(),
];
