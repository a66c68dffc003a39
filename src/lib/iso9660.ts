import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { binaryUnits } from './size.ts';

/** The primary volume descriptor of ISO 9660 is the 17th block of 2,048 bytes. */
const DESCRIPTOR = 16 * 2048;
/** Its first six bytes: the type "primary" and the standard's name. */
const SIGNATURE = '\u0001CD001';
/** Programs that write CDs count up to 150 blocks of padding which an image need not have. */
const PADDING = 150 * 2048;

/**
 * Why a file is only the beginning of an ISO image, as a download that broke off is: its own directory says that it is longer.
 * Undefined when nothing is missing, and for files that are no images of ISO 9660 or cannot be read, of which nothing is known.
 */
export function missingPart(path: string): string | undefined {
  let descriptor: Buffer;
  let size: number;
  try {
    const file = openSync(path, 'r');
    try {
      size = fstatSync(file).size;
      descriptor = Buffer.alloc(132);
      readSync(file, descriptor, 0, descriptor.length, DESCRIPTOR);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  if (descriptor.toString('latin1', 0, SIGNATURE.length) !== SIGNATURE) return undefined;
  const whole = descriptor.readUInt32LE(80) * descriptor.readUInt16LE(128);
  if (size + PADDING >= whole) return undefined;
  return `it has ${binaryUnits(size)} of the ${binaryUnits(whole)} that an ISO image with this directory has`;
}
