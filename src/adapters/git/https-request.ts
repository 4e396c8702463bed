import { readFileSync } from 'node:fs';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { checkGitHost } from '../../domain/builds/git-host.js';
import { KilnError } from '../../domain/errors.js';
import { permittedAddresses } from '../../domain/network/reach.js';
import { resolveHost, type GitHost } from './server.js';

const IDLE_MS = 60_000;

export interface HostRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * One request under the rules that hold for git: https, or http to listed hosts; the name is resolved here, its addresses are judged
 * and the connection goes to one of them; redirects are not followed. Raises git_unreachable, host_not_allowed or invalid_request.
 */
export async function requestFrom(host: GitHost, request: HostRequest): Promise<IncomingMessage> {
  const url = new URL(request.url);
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new KilnError('invalid_request', {
      message: `${url.protocol} is no protocol for files of git LFS.`,
    });
  }
  const name = url.hostname.replace(/^\[|\]$/g, '');
  checkGitHost({ protocol, host: name, port: Number(url.port || (protocol === 'https' ? 443 : 80)) }, host);
  const addresses = permittedAddresses(name, await resolveHost(host, name), host.allowedNetworks);
  const pinned = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const send = protocol === 'https' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      {
        method: request.method,
        headers: request.headers,
        agent: false,
        timeout: IDLE_MS,
        signal: request.signal,
        ...(host.caFile === null ? {} : { ca: readFileSync(host.caFile) }),
        lookup: (_name, options, done) => {
          const first = pinned[0] ?? { address: '', family: 4 };
          if (options.all === true) done(null, pinned);
          else done(null, first.address, first.family);
        },
      },
      resolve,
    );
    sent.on('timeout', () =>
      sent.destroy(new KilnError('git_unreachable', { message: 'nothing came for a minute' })),
    );
    sent.on('error', (cause) => {
      if (request.signal.aborted) reject(request.signal.reason as Error);
      else
        reject(
          new KilnError('git_unreachable', { message: `${name} does not answer: ${cause.message}`, cause }),
        );
    });
    sent.end(request.body);
  });
}
