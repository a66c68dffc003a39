/** True for base64 as Go's StdEncoding reads it: the standard alphabet, padded, with line breaks anywhere. */
export function isBase64(text: string): boolean {
  return /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ''));
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
