import { BlockList, isIP } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy on the way to a web server. */
export interface HttpProxy {
  /** With user and password: not to be shown. */
  readonly url: URL;
  /** Its host and port. */
  readonly name: string;
  /** The environment variable that names it. */
  readonly variable: string;
}

/** A proxy cannot be used, or refuses. The message is the end of a sentence and begins with the proxy. */
export class ProxyError extends Error {
  override name = 'ProxyError';
}

const PORTS: Readonly<Record<string, string>> = {
  'http:': '80',
  'https:': '443',
  'socks5:': '1080',
  'socks5h:': '1080',
};

/**
 * The proxy that the environment names for a URL, by the rules of Go's net/http, which are Packer's: HTTP_PROXY or HTTPS_PROXY by the
 * scheme of the URL, the names in capital letters first; never for this machine itself (localhost, 127.0.0.0/8, ::1), nor for what
 * NO_PROXY excludes. A proxy without a scheme is one of http.
 * @throws ProxyError when the variable names nothing that can be a proxy
 */
export function proxyFor(url: URL, env: Environment = process.env): HttpProxy | undefined {
  const variable = variableOf(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY', env);
  if (variable === undefined || isExcluded(url, valueOf('NO_PROXY', env))) return undefined;
  const proxy = parseProxy(env[variable] ?? '');
  if (proxy === undefined) {
    throw new ProxyError(
      `the environment variable ${variable} names no proxy; write it as http://proxy.example:3128 (or with https or socks5)`,
    );
  }
  return { url: proxy, name: `${proxy.hostname}:${portOf(proxy)}`, variable };
}

/** The passwords in the names of proxies, which no output may show. */
export function proxyPasswords(env: Environment = process.env): string[] {
  return ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']
    .flatMap((name) => [name, name.toLowerCase()])
    .flatMap((name) => parseProxy(env[name] ?? '')?.password ?? [])
    .filter((password) => password !== '')
    .map(decoded);
}

/** User and password of a proxy's URL, as they are meant; undefined where it has none. */
export function proxyLogin({
  url,
}: HttpProxy): { readonly user: string; readonly password: string } | undefined {
  if (url.username === '' && url.password === '') return undefined;
  return { user: decoded(url.username), password: decoded(url.password) };
}

/** The port of a URL, also where it is the usual one of its scheme. */
export function portOf({ protocol, port }: URL): string {
  return port || (PORTS[protocol] ?? '');
}

/** A name or address as sockets take it: an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The variable, in capital letters or small ones, that is set and not empty. */
function variableOf(name: string, env: Environment): string | undefined {
  return [name, name.toLowerCase()].find((one) => env[one]);
}

function valueOf(name: string, env: Environment): string {
  const variable = variableOf(name, env);
  return (variable === undefined ? undefined : env[variable]) ?? '';
}

function parseProxy(text: string): URL | undefined {
  // "proxy:3128" is a URL too, of the scheme "proxy".
  const spelling = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(spelling) ? new URL(spelling) : undefined;
  return url !== undefined && url.protocol in PORTS && url.hostname !== '' ? url : undefined;
}

/** @param list the value of NO_PROXY: addresses, networks, and names with what is below them, each with a port or for all */
function isExcluded(url: URL, list: string): boolean {
  const host = hostOf(url).toLowerCase().replace(/\.$/, '');
  const kind = isIP(host);
  if (host === 'localhost' || (kind !== 0 && LOOPBACK.check(host, familyOf(kind)))) return true;
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry === '*' || (entry !== '' && covers(entry, host, portOf(url))));
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function familyOf(kind: number): 'ipv4' | 'ipv6' {
  return kind === 6 ? 'ipv6' : 'ipv4';
}

function covers(entry: string, host: string, port: string): boolean {
  const kind = isIP(host);
  const [, network = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const networkKind = isIP(network);
  if (networkKind !== 0) {
    if (kind === 0 || Number(bits) > (networkKind === 6 ? 128 : 32)) return false;
    const block = new BlockList();
    block.addSubnet(network, Number(bits), familyOf(networkKind));
    return block.check(host, familyOf(kind));
  }
  const { name, onlyPort } = splitPort(entry);
  if (name === '' || (onlyPort !== '' && onlyPort !== port)) return false;
  const nameKind = isIP(name);
  if (nameKind !== 0) {
    if (kind === 0) return false;
    const block = new BlockList();
    block.addAddress(name, familyOf(nameKind));
    return block.check(host, familyOf(kind));
  }
  // "example.com" is it and all below it; ".example.com" and "*.example.com" only what is below it.
  const below = name.replace(/^\*(?=\.)/, '');
  return below.startsWith('.') ? host.endsWith(below) : host === below || host.endsWith(`.${below}`);
}

function splitPort(entry: string): { readonly name: string; readonly onlyPort: string } {
  const [, bracketed, port = ''] = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) return { name: bracketed, onlyPort: port };
  if (isIP(entry) === 6) return { name: entry, onlyPort: '' };
  const [name = '', onlyPort = ''] = entry.split(':');
  return { name, onlyPort };
}
