import { binaryUnits, parseSize } from '../lib/size.ts';
import { at, type Check, failed, ok, unknown, warning } from './check.ts';
import { dataSizeOf, parseLoginConf } from './login-conf.ts';
import { type Probe, readText } from './probe.ts';

/** rc.d(8) starts a daemon in the class of its name, where there is one. */
const CLASSES = ['vmd', 'daemon'];
/** What a machine has when nothing else is said: vmd(8), and the qemu driver too. */
export const DEFAULT_MEMORY = '512M';

/** How much memory the machines of vmd(8) may have: bytes; undefined: no limit. */
interface Limit {
  readonly bytes: bigint | undefined;
  readonly file: string;
  readonly name: string;
}

/** Reads login.conf(5); a file in login.conf.d that is named after a class replaces it. */
function vmdLimit(probe: Probe): Limit | undefined {
  for (const name of CLASSES) {
    for (const file of [`/etc/login.conf.d/${name}`, '/etc/login.conf']) {
      const content = readText(probe, file);
      const classes = 'text' in content ? parseLoginConf(content.text) : new Map<string, string[]>();
      if (!classes.has(name)) continue;
      const main = readText(probe, '/etc/login.conf');
      const all = new Map([...('text' in main ? parseLoginConf(main.text) : []), ...classes]);
      return { bytes: dataSizeOf(name, all), file, name };
    }
  }
  return undefined;
}

/** The limit by itself, when no template says how much is wanted. */
export function checkMemoryLimit(probe: Probe): Check {
  const limit = vmdLimit(probe);
  if (limit === undefined)
    return unknown('memory', 'How much memory machines may have is unknown: no login.conf(5) tells.');
  if (limit.bytes === undefined)
    return ok('memory', `Machines may have any amount of memory (class ${limit.name} of ${limit.file}).`);
  const text = `Machines may have up to ${binaryUnits(limit.bytes)} of memory (class ${limit.name} of ${limit.file}).`;
  const least = parseSize(DEFAULT_MEMORY) ?? 0n;
  return limit.bytes >= least ? ok('memory', text) : tooLow(text, DEFAULT_MEMORY, limit);
}

/** Whether a machine of vmd(8) may have so much memory, and whether there is so much. */
export async function checkVmdMemory(probe: Probe, memory: string): Promise<Check> {
  const wanted = parseSize(memory) ?? 0n;
  const limit = vmdLimit(probe);
  if (limit?.bytes !== undefined && limit.bytes < wanted) {
    const text = `The machine wants ${memory} of memory, and may have ${binaryUnits(limit.bytes)} only (datasize of the class ${limit.name} in ${limit.file}).`;
    return at(tooLow(text, memory, limit), 'memory');
  }
  const installed = (await probe.run(['sysctl', '-n', 'hw.usermem'])).stdout.trim();
  return at(compare(memory, /^\d+$/.test(installed) ? BigInt(installed) : undefined), 'memory');
}

/** As Linux tells it. */
export function checkAvailableMemory(probe: Probe, memory: string): Check {
  const facts = readText(probe, '/proc/meminfo');
  const kilobytes = 'text' in facts ? /^MemTotal:\s+(\d+) kB/m.exec(facts.text)?.[1] : undefined;
  return at(compare(memory, kilobytes === undefined ? undefined : BigInt(kilobytes) * 1024n), 'memory');
}

function compare(memory: string, installed: bigint | undefined): Check {
  if (installed === undefined)
    return unknown('memory', `The machine wants ${memory} of memory; how much there is, is unknown.`);
  const here = `this machine has ${binaryUnits(installed)}`;
  if (installed >= (parseSize(memory) ?? 0n))
    return ok('memory', `The machine wants ${memory} of memory; ${here}.`);
  const why = 'It would be swapped out, if it starts at all.';
  return warning('memory', `The machine wants ${memory} of memory, and ${here}.`, why, {
    text: 'Lower memory.',
  });
}

function tooLow(text: string, memory: string, { file, name }: Limit): Check {
  const why = 'vmd(8) then says "Cannot allocate memory".';
  const lines =
    name === 'vmd'
      ? [`:datasize=${roundUp(memory)}:\\`]
      : ['vmd:\\', `\t:datasize=${roundUp(memory)}:\\`, '\t:tc=daemon:'];
  const where = name === 'vmd' ? `Set in the class vmd of ${file}:` : `Add to ${file}:`;
  const restart = {
    text: 'Then run as root (this ends the machines that are running):',
    lines: ['rcctl restart vmd'],
  };
  return failed('memory', text, why, { text: where, lines }, restart);
}

/** A little more than the guest's memory, for the rest of the process; in M, which login.conf(5) knows. */
function roundUp(memory: string): string {
  const mebibytes = (parseSize(memory) ?? 0n) / 1024n ** 2n;
  return `${mebibytes + 1024n}M`;
}
