import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestCertificates } from './certificates.js';

/** Who may have a token, and for what at most. */
export type TokenUsers = Readonly<
  Record<string, { readonly password: string; readonly actions: readonly string[] }>
>;

/** Gives out tokens as the distribution project's specification says, by GET and by POST (OAuth 2). */
export interface TokenServer {
  readonly host: string;
  /** The settings `auth.token` of a registry that takes its tokens. */
  readonly registrySettings: object;
  /** `user action,action` of every request so far; `-` for nobody. */
  readonly asked: string[];
  /** The challenge to a request without a token that lets it pass; null for one with such a token. For registries that know no tokens. */
  challenge(request: {
    readonly method: string;
    readonly url: string;
    readonly authorization: string;
  }): string | null;
  close(): Promise<void>;
}

const SERVICE = 'registry of a test';
const ISSUER = 'token server of a test';
const LIFE_S = 300;

/** Signs with the key of the certificates; speaks TLS with them when told to. */
export async function startTokenServer(
  certificates: TestCertificates,
  users: TokenUsers,
  options: { readonly isTls: boolean },
): Promise<TokenServer> {
  const asked: string[] = [];
  const granted: Granted = new Map();
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void readAll(request).then((body) => {
      const { status, document } = tokenFor(request, body, { certificates, users, asked, granted });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
  };
  const server = options.isTls
    ? createHttpsServer(
        { key: readFileSync(certificates.keyPath), cert: readFileSync(certificates.certificatePath) },
        answer,
      )
    : createHttpServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    registrySettings: {
      realm: `${options.isTls ? 'https' : 'http'}://${host}/token`,
      service: SERVICE,
      issuer: ISSUER,
      rootcertbundle: path.join(certificates.folder, 'ca.pem'),
    },
    asked,
    challenge: ({ method, url, authorization }) => {
      const [, repository = ''] = /^\/v2\/(.+)\/(?:blobs|manifests|tags)\//.exec(url) ?? [];
      const action = method === 'GET' || method === 'HEAD' ? 'pull' : method === 'DELETE' ? 'delete' : 'push';
      if (granted.get(authorization.replace('Bearer ', ''))?.has(`${repository}:${action}`) === true)
        return null;
      const scope = `repository:${repository}:${action === 'pull' ? action : `pull,${action}`}`;
      return `Bearer realm="${options.isTls ? 'https' : 'http'}://${host}/token",service="${SERVICE}",scope="${scope}"`;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What each token that was given out lets its bearer do: `repository:action`. */
type Granted = Map<string, ReadonlySet<string>>;

interface Issuer {
  readonly certificates: TestCertificates;
  readonly users: TokenUsers;
  readonly asked: string[];
  readonly granted: Granted;
}

function tokenFor(
  request: IncomingMessage,
  body: string,
  { certificates, users, asked, granted }: Issuer,
): { status: number; document: object } {
  const isPost = request.method === 'POST';
  const given = isPost ? new URLSearchParams(body) : new URL(request.url ?? '', 'http://x').searchParams;
  const [name, password] = isPost ? [given.get('username'), given.get('password')] : basic(request);
  const user = name === null ? undefined : users[name];
  if (name !== null && user?.password !== password) {
    return {
      status: 401,
      document: { errors: [{ code: 'UNAUTHORIZED', message: 'wrong user or password' }] },
    };
  }
  const scopes = given.getAll('scope').flatMap((text) => text.split(' ').filter((one) => one !== ''));
  const access = scopes.map((scope) => {
    const [, type = '', repository = '', actions = ''] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? [];
    const allowed = actions.split(',').filter((action) => user?.actions.includes(action) === true);
    return { type, name: repository, actions: allowed };
  });
  asked.push(`${name ?? '-'} ${access.flatMap(({ actions }) => actions).join(',')}`);
  const token = signed(certificates, { sub: name ?? '', access });
  granted.set(token, new Set(access.flatMap((one) => one.actions.map((action) => `${one.name}:${action}`))));
  return { status: 200, document: { token, access_token: token, expires_in: LIFE_S } };
}

function basic({ headers }: IncomingMessage): [string | null, string | null] {
  const [, encoded] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return [null, null];
  const [name = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [name, rest.join(':')];
}

function signed({ keyPath, certificatePath }: TestCertificates, claims: object): string {
  const certificate = new X509Certificate(readFileSync(certificatePath));
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate.raw.toString('base64')] };
  const payload = {
    iss: ISSUER,
    aud: SERVICE,
    iat: now,
    nbf: now - 10,
    exp: now + LIFE_S,
    jti: randomUUID(),
    ...claims,
  };
  const text = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = createPrivateKey(readFileSync(keyPath));
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
