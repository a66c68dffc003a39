/** NumericLit = decimal+ ("." decimal+)? (expmark decimal+)?, with the exponent in reach of the evaluator. */
const NUMERIC_LIT = /^[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?([0-9]+))?$/;

/** True if a token that the lexer took for a number is one. */
export function isDecimal(text: string): boolean {
  const match = NUMERIC_LIT.exec(text);
  return match !== null && (match[1] === undefined || Number(match[1]) <= MAX_EXPONENT);
}

/** Beyond this, numbers of 512 binary digits with 32-bit exponents overflow in any case. */
const MAX_EXPONENT = 646_456_993;
