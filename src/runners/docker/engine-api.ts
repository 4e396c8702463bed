import { request } from 'node:http';
import { KilnError } from '../../domain/errors.js';

/** Served by every Docker engine since 20.10. */
const VERSION = 'v1.41';
const TIMEOUT_MS = 60_000;

export interface CallOptions {
  readonly body?: object | Buffer;
  /** Ends the call; without it, it ends after a minute. */
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; null where there is none. */
  readonly body: unknown;
}

/** One call of the HTTP interface of a Docker engine. Raises `runner_unavailable` where nobody answers. */
export type DockerCall = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** Calls to the Docker engine behind a unix socket. */
export function dockerCall(socketPath: string): DockerCall {
  return (method, path, { body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const away = (cause: unknown): void => reject(unanswered(socketPath, cause));
      const isArchive = Buffer.isBuffer(body);
      const bytes = isArchive || body === undefined ? body : Buffer.from(JSON.stringify(body));
      const sent = request(
        {
          ...{ socketPath, method, path: `/${VERSION}${path}`, agent: false },
          signal: signal ?? AbortSignal.timeout(TIMEOUT_MS),
          headers: {
            host: 'docker',
            ...(bytes !== undefined && {
              'content-type': isArchive ? 'application/x-tar' : 'application/json',
              'content-length': bytes.length,
            }),
          },
        },
        (response) => {
          const blocks: Buffer[] = [];
          response.on('data', (block: Buffer) => blocks.push(block));
          response.on('error', away);
          response.on('close', () => {
            if (!response.complete) return away('the answer broke off');
            resolve({ status: response.statusCode ?? 500, body: parsed(Buffer.concat(blocks)) });
          });
        },
      );
      sent.on('error', away);
      sent.end(bytes);
    });
}

/** The engine refuses what was asked of it. */
export function refused(what: string, { status, body }: Answer): KilnError {
  const said = (body as { message?: string } | null)?.message ?? '';
  return new KilnError('runner_unavailable', {
    message: `The Docker engine of the build host could not ${what}.`,
    detail: `${status}: ${said}`,
  });
}

function unanswered(socketPath: string, cause: unknown): KilnError {
  return new KilnError('runner_unavailable', {
    message: `No Docker engine answers at unix://${socketPath}.`,
    detail: String(cause),
    cause,
  });
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}
