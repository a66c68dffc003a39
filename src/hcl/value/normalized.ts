import { isAscii } from '../graphemes.ts';

/**
 * The text in Unicode's normalization form C, which all strings and names of HCL have. ASCII is in it already: to ask ICU about
 * the first of the short texts of a small template would take as long as reading the template.
 */
export function normalized(text: string): string {
  return text.length < 256 && isAscii(text) ? text : text.normalize('NFC');
}
