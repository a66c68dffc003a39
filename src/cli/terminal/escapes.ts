/** What a person's keys mean: bytes for the guest, and whether to leave the console. */
export interface Typed {
  readonly bytes: Uint8Array;
  readonly leave: boolean;
}

const TILDE = 0x7e;
const DOT = 0x2e;

/** cu(1)'s and ssh(1)'s escapes: at the start of a line `~.` leaves and `~~` types one tilde. */
export class EscapeReader {
  #atStart = true;
  #tilde = false;

  push(chunk: Uint8Array): Typed {
    const bytes: number[] = [];
    for (const byte of chunk) {
      if (this.#tilde) {
        this.#tilde = false;
        if (byte === DOT) return { bytes: Uint8Array.from(bytes), leave: true };
        if (byte !== TILDE) bytes.push(TILDE);
      } else if (this.#atStart && byte === TILDE) {
        this.#tilde = true;
        continue;
      }
      bytes.push(byte);
      this.#atStart = byte === 0x0d || byte === 0x0a;
    }
    return { bytes: Uint8Array.from(bytes), leave: false };
  }
}
