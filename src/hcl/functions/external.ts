import { readFileSync } from 'node:fs';
import { sensitive, stringValue } from '../value/construct.ts';
import { STRING } from '../value/type.ts';
import { attempt, defineFunction, defineTextFunction, parameter } from './define.ts';
import { httpGet } from './http-get.ts';
import type { HttpRequest, HttpResponse } from './http-get.ts';
import { FunctionError } from './spec.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** In milliseconds. The call blocks everything else, Ctrl-C included, so it must not take long. */
const TIMEOUT = 15_000;

function environmentOf(context: CallContext): Environment {
  return context.environment ?? process.env;
}

/** @param server names it in messages, as in "the Vault server" */
function fetch(server: string, variable: string, request: HttpRequest): HttpResponse {
  try {
    return httpGet(request);
  } catch (error) {
    const { origin } = new URL(request.url);
    throw new FunctionError(
      `${server} at ${origin} cannot be reached: ${(error as Error).message}. The environment variable ${variable} says where it is`,
    );
  }
}

function baseUrl(address: string, variable: string): URL {
  try {
    const url = new URL(address);
    if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  } catch {
    // said below
  }
  throw new FunctionError(
    `the environment variable ${variable} is no URL that begins with http:// or https://`,
  );
}

/** The URL of a path below an address; what is no part of a path is escaped. */
function urlBelow(base: URL, path: string): string {
  const escaped = path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/');
  return new URL(base.pathname.replace(/\/*$/, `/${escaped}`), base).href;
}

/** How to check the server's certificate. */
function tlsOptions(environment: Environment, caVariable: string, insecure: boolean): Partial<HttpRequest> {
  const caFile = environment[caVariable];
  return {
    insecure,
    ...(caFile ? { ca: attempt(() => readFileSync(caFile, 'utf8')) } : {}),
  };
}

/** True for the spellings of true that Go's ParseBool takes. */
function isTrue(text: string | undefined): boolean {
  return /^(?:1|t|true)$/i.test(text ?? '');
}

function parseObject(text: string, server: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new FunctionError(`the answer of ${server} is not the JSON that it should be`);
}

const vault = () =>
  defineTextFunction({
    name: 'vault',
    description:
      'Reads a secret from a HashiCorp Vault server: a key of the secret at a path, of either version of the key/value engine. The environment variables VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT and VAULT_SKIP_VERIFY have the meaning that they have for Vault. The result is sensitive.',
    parameters: [
      parameter('path', STRING, 'The path of the secret, such as `secret/data/hello`.'),
      parameter('key', STRING, 'The key in the secret.'),
    ],
    result: STRING,
    run: ([path = '', key = ''], context) => {
      const environment = environmentOf(context);
      const token = environment.VAULT_TOKEN;
      if (!token)
        throw new FunctionError(
          'set the environment variable VAULT_TOKEN to a token that may read the secret',
        );
      const base = baseUrl(environment.VAULT_ADDR || 'https://127.0.0.1:8200', 'VAULT_ADDR');
      const namespace = environment.VAULT_NAMESPACE;
      const { status, body } = fetch('the Vault server', 'VAULT_ADDR', {
        url: urlBelow(base, `v1/${path.replace(/^\/+/, '')}`),
        headers: {
          'X-Vault-Token': token,
          'X-Vault-Request': 'true',
          ...(namespace ? { 'X-Vault-Namespace': namespace } : {}),
        },
        timeout: TIMEOUT,
        ...tlsOptions(environment, 'VAULT_CACERT', isTrue(environment.VAULT_SKIP_VERIFY)),
      });
      if (status === 404)
        throw new FunctionError(`there is no secret at the path ${JSON.stringify(path)} in Vault`);
      if (status === 403)
        throw new FunctionError(`Vault does not let this VAULT_TOKEN read ${JSON.stringify(path)}`);
      if (status !== 200) throw new FunctionError(`the Vault server answered with the status ${status}`);
      const secret = secretText(body, path, key);
      context.onSecret?.(secret);
      return sensitive(stringValue(secret));
    },
  });

/** The value of a key: in `data.data` with version 2 of the engine, in `data` with version 1. */
function secretText(body: string, path: string, key: string): string {
  const data = parseObject(body, 'the Vault server').data as Record<string, unknown> | null | undefined;
  const inner = data?.data;
  const fields = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : data;
  const value =
    fields !== undefined && fields !== null && Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (typeof value === 'string') return value;
  const state = value === undefined || value === null ? 'has no key' : 'has no text under the key';
  throw new FunctionError(
    `the secret at ${JSON.stringify(path)} ${state} ${JSON.stringify(key)}. With version 2 of the engine the path has "data" in it, as in "secret/data/hello"`,
  );
}

const consulKey = () =>
  defineTextFunction({
    name: 'consul_key',
    description:
      'Reads a value from the key/value store of a HashiCorp Consul server. The environment variables CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_HTTP_SSL, CONSUL_HTTP_SSL_VERIFY and CONSUL_CACERT have the meaning that they have for Consul.',
    parameters: [parameter('key', STRING, 'The key, such as `image/name`.')],
    result: STRING,
    run: ([key = ''], context) => {
      const environment = environmentOf(context);
      const address = environment.CONSUL_HTTP_ADDR || '127.0.0.1:8500';
      const scheme = isTrue(environment.CONSUL_HTTP_SSL) ? 'https' : 'http';
      const base = baseUrl(
        /^https?:\/\//i.test(address) ? address : `${scheme}://${address}`,
        'CONSUL_HTTP_ADDR',
      );
      const token = environment.CONSUL_HTTP_TOKEN;
      const verify = environment.CONSUL_HTTP_SSL_VERIFY;
      const { status, body } = fetch('the Consul server', 'CONSUL_HTTP_ADDR', {
        url: urlBelow(base, `v1/kv/${key.replace(/^\/+/, '')}`),
        headers: token ? { 'X-Consul-Token': token } : {},
        timeout: TIMEOUT,
        ...tlsOptions(environment, 'CONSUL_CACERT', verify !== undefined && verify !== '' && !isTrue(verify)),
      });
      if (status === 404) throw new FunctionError(`there is no key ${JSON.stringify(key)} in Consul`);
      if (status === 403)
        throw new FunctionError(`Consul does not let this CONSUL_HTTP_TOKEN read ${JSON.stringify(key)}`);
      if (status !== 200) throw new FunctionError(`the Consul server answered with the status ${status}`);
      const [entry] = Object.values(parseObject(body, 'the Consul server')) as (
        { Value?: unknown } | undefined
      )[];
      if (typeof entry?.Value !== 'string' || entry.Value === '') {
        throw new FunctionError(`the key ${JSON.stringify(key)} in Consul has no value`);
      }
      return stringValue(Buffer.from(entry.Value, 'base64').toString());
    },
  });

/** A function of Packer that needs an account with a cloud: it exists only to say so. */
function unavailable(name: string, parameters: FunctionSpec['parameters']): FunctionSpec {
  return defineFunction({
    name,
    description:
      'Not available: reading from AWS Secrets Manager needs an Amazon account and its software. Give the secret as a sensitive variable, from `PKR_VAR_name` in the environment or a variable file, or use `vault`.',
    parameters,
    result: STRING,
    call: () => {
      throw new FunctionError(
        'secrets of AWS Secrets Manager cannot be read here, as that needs an Amazon account and its software. Declare a variable with "sensitive = true" and give its value in the environment, for example PKR_VAR_password="$(aws secretsmanager get-secret-value --query SecretString --output text --secret-id NAME)"; or keep the secret in Vault and use vault()',
      );
    },
  });
}

const secretName = parameter('name', STRING, 'The name of the secret.');

/** Functions that ask other services. */
export const externalFunctions = (): readonly FunctionSpec[] => [
  unavailable('aws_secretsmanager', [
    secretName,
    parameter('key', STRING, 'The key in the secret.', { allowNull: true }),
  ]),
  unavailable('aws_secretsmanager_raw', [secretName]),
  consulKey(),
  vault(),
];
