/** A file or folder of a tar archive. */
export interface TarMember {
  readonly kind: 'folder' | 'file';
  /** Path with `/`, relative. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes; 0 for a folder. Less than `LARGEST`. */
  readonly size: number;
}

/** Numbers of the user and the group who are to own what is unpacked. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const BLOCK = 512;
const NAME = 100;
const PREFIX = 155;
/** A file of this size or more has no place in the field for it, which has eleven octal digits. */
export const LARGEST = 8 ** 11;
/** The same for users and groups: seven digits. */
const LARGEST_ID = 8 ** 7;

/**
 * What stands before a member's contents: a POSIX ustar header, and before that GNU tar's entry for a name that does not fit into
 * it. Names are bytes. (Libraries write POSIX.1-2001 headers for long and for non-ASCII names, which busybox passes over.)
 */
export function tarHeader(member: TarMember, owner: Owner): Buffer {
  const name = Buffer.from(member.kind === 'folder' ? `${member.name}/` : member.name);
  const type = member.kind === 'folder' ? '5' : '0';
  const split = splitName(name);
  if (split !== undefined) return header({ ...split, type, mode: member.mode, size: member.size }, owner);
  const link = { name: Buffer.from('././@LongLink'), prefix: Buffer.alloc(0), type: 'L', mode: 0o644 };
  return Buffer.concat([
    header({ ...link, size: name.length + 1 }, owner),
    name,
    // At least the NUL that ends the name.
    Buffer.alloc(paddingOf(name.length + 1) + 1),
    header(
      { name: name.subarray(0, NAME), prefix: Buffer.alloc(0), type, mode: member.mode, size: member.size },
      owner,
    ),
  ]);
}

/** Zero bytes that fill the last block of contents of this many bytes. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** The end of an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

/** A name in one field, or in two at a slash; undefined when it is too long for that. */
function splitName(name: Buffer): { readonly name: Buffer; readonly prefix: Buffer } | undefined {
  if (name.length <= NAME) return { name, prefix: Buffer.alloc(0) };
  const slash = name.indexOf('/', name.length - NAME - 1);
  // A slash at the end belongs to the name of a folder.
  if (slash <= 0 || slash > PREFIX || slash >= name.length - 1) return undefined;
  return { prefix: name.subarray(0, slash), name: name.subarray(slash + 1) };
}

interface Fields {
  readonly name: Buffer;
  readonly prefix: Buffer;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
}

function header({ name, prefix, type, mode, size }: Fields, { uid, gid }: Owner): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) =>
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  name.copy(block, 0);
  octal(mode, 100, 8);
  octal(uid < LARGEST_ID ? uid : 0, 108, 8);
  octal(gid < LARGEST_ID ? gid : 0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(Date.now() / 1000), 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  prefix.copy(block, 345);
  // The sum counts its own field as blanks.
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
