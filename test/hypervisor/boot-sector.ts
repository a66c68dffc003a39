// A guest in one boot sector, for driver tests that need a machine and no system. It says where it was booted from
// ("from disk> " or "from cd> "), echoes what is typed, and obeys the power button and four keys.
import { open, writeFile } from 'node:fs/promises';

export const GUEST_KEYS = { powerOff: '\x11', reset: '\x12', ignorePowerButton: '\x15' } as const;

/*
        cli; xor %ax,%ax; mov %ax,%ds; mov %ax,%ss; mov $0x7c00,%sp
        push %dx                                  BIOS drive number: 0x80 is the disk
        UART 0x3f8: 115200 8N1
        outw $0x100,0x602                         ACPI: enable the power button
        call 1f; 1: pop %bx; pop %ax
        lea disk or cd,%si; print until NUL
  loop: inw 0x600; power button status: goto off
        inb 0x3fd; no data: goto loop
        inb 0x3f8; 0x11: off; 0x12: reset; 0x15: deaf; else putc, goto loop
  deaf: outw $0,0x602; putc '!'; goto loop
  off:  outw $0x2000,0x604; goto loop
  reset: outb $0xfe,0x64; goto reset
  putc: wait for 0x3fd & 0x20; outb 0x3f8; ret
*/
const CODE =
  'fa31c08ed88ed0bc007c52bafb03b080eebaf803b001ee4230c0eebafb03b003eeba0206b80001efe800005b588db769003c80' +
  '74048db77500ac84c07405e84400ebf6ba0006edf6c401752abafd03eca80174efbaf803ec3c11741a3c12741f3c157405e81e' +
  '00ebdaba020631c0efb021e81100ebcdba0406b80020efebc4b0fee664ebfa50bafd03eca82074f858baf803eec366726f6d20' +
  '6469736b3e200066726f6d2063643e2000';

function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  sector.write(CODE, 'hex');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Puts the guest on an existing raw disk image. */
export async function installGuest(disk: string): Promise<void> {
  const file = await open(disk, 'r+');
  await file.write(bootSector(), 0, 512, 0);
  await file.close();
}

const SECTOR = 2048;

/** Writes an ISO 9660 image that boots the guest: no files, only the records that El Torito asks for. */
export async function writeGuestIso(path: string): Promise<void> {
  const sectors = 32;
  const image = Buffer.alloc(sectors * SECTOR);
  const volume = image.subarray(16 * SECTOR);
  volume.write('\x01CD001\x01', 'latin1');
  volume.write('GUEST'.padEnd(32), 40, 'latin1');
  volume.writeUInt32LE(sectors, 80);
  volume.writeUInt32BE(sectors, 84);
  volume.writeUInt16LE(SECTOR, 128);
  volume.writeUInt16BE(SECTOR, 130);
  const bootRecord = image.subarray(17 * SECTOR);
  bootRecord.write('\x00CD001\x01EL TORITO SPECIFICATION', 'latin1');
  bootRecord.writeUInt32LE(19, 0x47);
  image.write('\xffCD001\x01', 18 * SECTOR, 'latin1');
  const catalog = image.subarray(19 * SECTOR);
  // Validation entry: header, platform 80x86, key bytes, and a checksum that makes the words add up to zero.
  catalog[0] = 1;
  catalog.writeUInt16LE(0xaa55, 0x1e);
  catalog.writeUInt16LE(0x10000 - 0xaa55 - 1, 0x1c);
  // Default entry: bootable, no emulation, one sector of 512 bytes at block 20.
  catalog[0x20] = 0x88;
  catalog.writeUInt16LE(1, 0x26);
  catalog.writeUInt32LE(20, 0x28);
  bootSector().copy(image, 20 * SECTOR);
  await writeFile(path, image);
}
