import type { Duplex } from 'node:stream';

/**
 * `ssh_read_write_timeout`: destroys a connection from which nothing came for so long, so that whatever waits for it fails. Somebody
 * else has to read it.
 * @param limit milliseconds
 */
export function endWhenSilent(socket: Duplex, limit: number): void {
  const timer = setTimeout(() => socket.destroy(), limit);
  socket.on('data', () => timer.refresh()).once('close', () => clearTimeout(timer));
}
