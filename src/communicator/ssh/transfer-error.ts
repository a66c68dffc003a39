/** The guest lacks what this way to transfer files needs; nothing has been transferred, and another way may work. */
export class MissingInGuestError extends Error {
  override name = 'MissingInGuestError';
}
