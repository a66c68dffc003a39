import type { Server } from 'node:net';

/** The server could not listen. `message` says why in a full sentence, `hint` what to do. */
export class ListenError extends Error {
  override name = 'ListenError';
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Listens on a free port of `portMin` … `portMax` - 1 (exactly `portMin` when they are equal), starting at a random one, as
 * Packer does, so that builds that start together rarely meet.
 * @returns the port
 */
export async function listenInRange(
  server: Server,
  address: string,
  portMin: number,
  portMax: number,
): Promise<number> {
  const count = Math.max(1, portMax - portMin);
  const start = Math.floor(Math.random() * count);
  for (let i = 0; i < count; i++) {
    const port = portMin + ((start + i) % count);
    const problem = await listen(server, address, port);
    if (problem === undefined) return (server.address() as { port: number }).port;
    if (problem.code !== 'EADDRINUSE') throw explain(problem, address, port);
  }
  const range = count === 1 ? `Port ${portMin}` : `Every port from ${portMin} to ${portMin + count - 1}`;
  throw new ListenError(
    `${range} of ${address} is in use, so there is no port for the HTTP server.`,
    count === 1
      ? 'End the program that uses the port, or let http_port_min and http_port_max leave a choice.'
      : 'Widen the range of http_port_min and http_port_max, or run fewer builds at once.',
  );
}

function listen(server: Server, address: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening);
      resolve(error);
    };
    const listening = () => {
      server.off('error', failed);
      resolve(undefined);
    };
    server
      .once('error', failed)
      .once('listening', listening)
      .listen({ host: address, port, exclusive: true });
  });
}

function explain(problem: NodeJS.ErrnoException, address: string, port: number): ListenError {
  const where = `port ${port} of ${address}`;
  if (problem.code === 'EACCES') {
    return new ListenError(
      `The HTTP server may not listen on ${where}: permission denied.`,
      'Ports below 1024 belong to root. Choose http_port_min and http_port_max above, and redirect port 80 to them with pf where an installer insists on it.',
      { cause: problem },
    );
  }
  if (problem.code === 'EADDRNOTAVAIL') {
    return new ListenError(
      `The HTTP server cannot listen on ${where}: this machine has no such address.`,
      'Remove http_bind_address from the source block, or set it to an address of this machine.',
      { cause: problem },
    );
  }
  return new ListenError(`The HTTP server cannot listen on ${where}: ${problem.message}.`, undefined, {
    cause: problem,
  });
}
