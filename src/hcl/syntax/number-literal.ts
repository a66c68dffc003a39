/** NumericLit = decimal+ ("." decimal+)? (expmark decimal+)? */
const NUMERIC_LIT = /^([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;

/**
 * True if a token that the lexer took for a number is one. The exponent of a power of ten must fit in 32 bits as in
 * the reference; larger results are infinite all the same, but that is the evaluator's matter.
 */
export function isDecimal(text: string): boolean {
  const match = NUMERIC_LIT.exec(text);
  if (match === null) return false;
  const [, whole = '', fraction = '', exponent] = match;
  if (exponent === undefined) return true;
  const power = Number(exponent);
  if (/^0*$/.test(whole + fraction)) return Math.abs(power) < 2 ** 63;
  const scaled = power - fraction.length;
  return scaled >= -(2 ** 31) && scaled < 2 ** 31 - 1;
}
