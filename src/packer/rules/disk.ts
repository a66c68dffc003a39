import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { formatSize, parseSize } from '../../lib/size.ts';
import type { Json } from '../../plan/json.ts';
import { at, isAbsent, known } from './context.ts';
import type { RuleContext } from './context.ts';

/** A base image needs a format that can have one. */
export function checkDisk(context: RuleContext): Diagnostic[] {
  const format = context.block.config['disk_format'];
  if (isAbsent(context, 'disk_base') || context.block.bad.has('disk_format') || format === 'qcow2') return [];
  if (context.block.given.get('disk_format')?.unknown) return [];
  const detail = `An image can be derived from a base image only when it is qcow2, and disk_format is "${String(format)}"${
    context.block.given.has('disk_format') ? '' : ' by default'
  }. Set disk_format = "qcow2".`;
  return [at(context, 'disk_base', 'base-image-format', detail)];
}

/** A bare number up to this is the size of a disk in gigabytes; above, in megabytes. */
const MOST_GIGABYTES = 1000n;

/** vmd(8) gives a machine at most four disks. */
const MOST_FURTHER_DISKS = 3;

/** Sizes that are none, and those without a unit, which count bytes. */
export function checkSizes(context: RuleContext): Diagnostic[] {
  const further = known(context, 'disk_additional_size');
  const sizes = Array.isArray(further) ? (further as readonly Json[]) : [];
  const diagnostics = [
    ...['disk_size', 'memory'].flatMap((name) => checkSize(context, known(context, name), name)),
    ...sizes.flatMap((size, index) => checkSize(context, size, 'disk_additional_size', index)),
  ];
  if (sizes.length > MOST_FURTHER_DISKS) {
    const detail = `disk_additional_size has ${sizes.length} sizes. A machine of vmd(8) has at most four disks, and the first is that of disk_size or disk_base. Give ${MOST_FURTHER_DISKS} sizes at most.`;
    diagnostics.push(at(context, 'disk_additional_size', 'value-out-of-range', detail));
  }
  return diagnostics;
}

/** @param index the place in a list; absent: the attribute is no list */
function checkSize(context: RuleContext, size: Json | undefined, name: string, index?: number): Diagnostic[] {
  const bytes = typeof size === 'string' ? parseSize(size) : undefined;
  if (typeof size !== 'string' || bytes === undefined) return [];
  const isSensitive = context.block.given.get(name)?.sensitive === true;
  const shown = isSensitive ? 'a sensitive value' : index === undefined ? size : `"${size}"`;
  const subject = index === undefined ? `${name} is ${shown}` : `${name} holds ${shown}`;
  const range = index === undefined ? undefined : context.block.rangeOf(name, String(index));
  if (/^[0-9.]+$/.test(size)) {
    const least = 1n << 20n;
    const floor = name === 'memory' && bytes < least ? ', and refuses less than 1M' : '';
    // Nobody counts disks in megabytes, nor memory in gigabytes, without saying so.
    const unit = name === 'memory' || bytes > MOST_GIGABYTES ? 'M' : 'G';
    const meant = bytes < least ? `"${size}${unit}"` : `"${formatSize(bytes)}"`;
    const fix = isSensitive ? '' : `: ${meant}`;
    const detail = `${subject} without a unit, which vmctl(8) takes for bytes${floor}. Write the unit${fix}.`;
    return [at(context, name, 'size-without-unit', detail, { severity: 'warning', range })];
  }
  if (bytes === 0n || (name === 'memory' && bytes < 1n << 20n)) {
    const least = name === 'memory' ? 'at least 1M' : 'more than nothing';
    return [at(context, name, 'size-invalid', `${subject}; it must be ${least}.`, { range })];
  }
  return [];
}
