/** True for base64 as Go's StdEncoding reads it: the standard alphabet, padded, with line breaks anywhere. */
export function isBase64(text: string): boolean {
  const digits = text.replace(/[\r\n]/g, '');
  // A pattern that counts to four itself exhausts the stack of the engine on a file of some megabytes.
  return digits.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(digits);
}

/**
 * The bytes that a base64 text stands for.
 * @throws Error without the text, which may be secret
 */
export function decodeBase64(text: string): Buffer {
  if (!isBase64(text)) throw new Error('the string is not valid base64');
  return Buffer.from(text, 'base64');
}

/**
 * The text of UTF-8 bytes.
 * @param what names the bytes in the message, as in "the file"
 * @throws Error if they are none
 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`${what} is not valid UTF-8`);
  }
}
