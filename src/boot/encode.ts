import type { KeyExpression } from './expression.ts';
import { type Modifier, modifierOf, type SpecialKey } from './keys.ts';

/** Keys whose sequence is CSI and one letter; with a modifier held it is `CSI 1 ; m LETTER`. */
const CURSOR: Partial<Record<SpecialKey, string>> = {
  up: 'A',
  down: 'B',
  right: 'C',
  left: 'D',
  home: 'H',
  end: 'F',
};
/** F1 to F4: SS3 and a letter; with a modifier as the cursor keys. */
const PF: Partial<Record<SpecialKey, string>> = { f1: 'P', f2: 'Q', f3: 'R', f4: 'S' };
/** Keys whose sequence is `CSI number ~`; with a modifier held `CSI number ; m ~`. */
const EDITING: Partial<Record<SpecialKey, number>> = {
  insert: 2,
  del: 3,
  pageup: 5,
  pagedown: 6,
  f5: 15,
  f6: 17,
  f7: 18,
  f8: 19,
  f9: 20,
  f10: 21,
  f11: 23,
  f12: 24,
  menu: 29,
};
const PLAIN: Partial<Record<SpecialKey, string>> = {
  bs: '\x7f',
  enter: '\r',
  return: '\r',
  esc: '\x1b',
  tab: '\t',
  spacebar: ' ',
};
/** Symbols over the keys of a US keyboard. */
const UNSHIFTED = "`1234567890-=[]\\;',./";
const SHIFTED = '~!@#$%^&*()_+{}|:"<>?';
/** Control codes that VT220 gives the digits and the slash. */
const CONTROL_DIGITS: Readonly<Record<string, string>> = {
  '2': '\x00',
  '3': '\x1b',
  '4': '\x1c',
  '5': '\x1d',
  '6': '\x1e',
  '7': '\x1f',
  '8': '\x7f',
  '/': '\x1f',
  '?': '\x7f',
  ' ': '\x00',
};

/**
 * Turns key events into the bytes that a VT220 (as xterm imitates it) sends over a serial line. A line knows no key-up, so
 * releasing sends nothing; modifiers send nothing either and change what the keys send while they are held.
 */
export class KeyEncoder {
  readonly #held = new Set<SpecialKey>();

  /** The bytes of one key event in UTF-8; empty for modifiers and for releases. */
  encode(expression: KeyExpression): Uint8Array {
    if (expression.type === 'special') {
      if (modifierOf(expression.key) !== undefined) {
        if (expression.action === 'on') this.#held.add(expression.key);
        else this.#held.delete(expression.key);
        return new Uint8Array();
      }
      if (expression.action === 'off') return new Uint8Array();
      return new TextEncoder().encode(this.#special(expression.key));
    }
    if (expression.action === 'off') return new Uint8Array();
    return new TextEncoder().encode(this.#character(expression.character));
  }

  #holds(modifier: Modifier): boolean {
    return [...this.#held].some((key) => modifierOf(key) === modifier);
  }

  #character(character: string): string {
    let result = character;
    // A line break in a template stands for the Enter key, which sends CR.
    if (result === '\n') result = '\r';
    if (this.#holds('shift')) result = shifted(result);
    if (this.#holds('ctrl')) result = control(result);
    return this.#holds('alt') ? `\x1b${result}` : result;
  }

  #special(key: SpecialKey): string {
    const modifiers =
      1 + Number(this.#holds('shift')) + 2 * Number(this.#holds('alt')) + 4 * Number(this.#holds('ctrl'));
    const held = modifiers > 1;
    const letter = CURSOR[key] ?? PF[key];
    if (letter !== undefined && held) return `\x1b[1;${modifiers}${letter}`;
    if (CURSOR[key] !== undefined) return `\x1b[${letter}`;
    if (PF[key] !== undefined) return `\x1bO${letter}`;
    const number = EDITING[key];
    if (number !== undefined) return `\x1b[${number}${held ? `;${modifiers}` : ''}~`;
    if (key === 'tab' && this.#holds('shift')) return '\x1b[Z';
    const plain = PLAIN[key] ?? '';
    return plain === ' ' ? this.#character(plain) : this.#holds('alt') ? `\x1b${plain}` : plain;
  }
}

function shifted(character: string): string {
  const index = UNSHIFTED.indexOf(character);
  return index >= 0 ? (SHIFTED[index] ?? character) : character.toUpperCase();
}

function control(character: string): string {
  const special = CONTROL_DIGITS[character];
  if (special !== undefined) return special;
  return /^[@-~]$/.test(character) ? String.fromCharCode(character.charCodeAt(0) & 0x1f) : character;
}
