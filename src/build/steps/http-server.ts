import { startHttpServer } from '../../http/server.ts';
import type { Served } from '../../http/server.ts';
import { addressesOf } from '../context.ts';
import type { BuildContext, HttpContext } from '../context.ts';
import type { Step } from '../step.ts';

/** Starts the HTTP server that gives the guest its installation files. */
export const httpServer: Step<BuildContext> = {
  name: 'http server',
  async run(context, defer) {
    const { http_port_min: min, http_port_max: max } = context.plan.source.config;
    const http = await openServer(context, min, max);
    context.http = http;
    defer({
      leaves: () => (context.http === undefined ? undefined : ''),
      run: async () => {
        context.http = undefined;
        await http.server.close();
      },
    });
    context.emitter.say(`Serving the installation files at http://${http.host}:${http.server.port}/`);
    if (context.plan.source.config.http_content !== undefined) serve(context);
  },
};

/**
 * After the second start of the machine: its network may have other addresses than at the first start, and then the server has to
 * move, or provisioners could not fetch from it.
 */
export async function followMachine(context: BuildContext, bindBefore: string | undefined): Promise<void> {
  const { http } = context;
  const addresses = addressesOf(context);
  if (http === undefined || addresses.bind === bindBefore) return;
  if (context.plan.source.config.http_bind_address !== undefined) {
    http.host = addresses.host;
    return;
  }
  const { port } = http.server;
  await http.server.close();
  const { server, host } = await openServer(context, port, port);
  Object.assign(http, { server, host });
  serve(context);
}

/** Says what to serve: `http_content`, or the generated files and behind them `http_directory`. */
export function serve({ http, plan }: BuildContext): void {
  if (http === undefined) return;
  http.server.serve(servedBy(http, plan.source.config));
  http.serving = true;
}

function servedBy(
  http: HttpContext,
  config: { readonly http_directory?: string; readonly http_content?: Readonly<Record<string, string>> },
): Served {
  if (config.http_content !== undefined) return { kind: 'content', content: config.http_content };
  const roots = [http.generated?.folder, config.http_directory].filter((root) => root !== undefined);
  const unasked = new Set(http.generated?.templates.map((name) => `/${name}`));
  return { kind: 'folders', roots, unasked };
}

/**
 * The clients that the server answers; undefined: all that reach it. Whoever names an address takes the choice into their own
 * hands, such as behind a pf redirection. A loopback address is out of the network's reach by itself, and behind it a guest can
 * appear with any address of the loopback network.
 */
export function clientsOf(
  named: string | undefined,
  { bind, guest }: { readonly bind: string; readonly guest: { readonly host: string } },
): readonly string[] | undefined {
  return named !== undefined || bind.startsWith('127.') ? undefined : [guest.host];
}

async function openServer(context: BuildContext, portMin: number, portMax: number): Promise<HttpContext> {
  const addresses = addressesOf(context);
  const { http_bind_address: bind } = context.plan.source.config;
  const server = await startHttpServer({
    bind: bind ?? addresses.bind,
    portMin,
    portMax,
    clients: clientsOf(bind, addresses),
    onRequest: (request) => context.emitter.emit({ type: 'http-request', ...request }),
  });
  return { server, host: addresses.host, serving: false };
}
