import http from 'node:http';
import { addAbortSignal } from 'node:stream';

/** What a server has answered. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Its bytes as they come; to be read once. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Connections that are used again within a command; they do not keep the process alive. */
export interface Connections {
  send(
    url: string,
    request: {
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string | null;
      /** Ends the request, and the reading of its answer. */
      readonly signal: AbortSignal;
    },
  ): Promise<Answer>;
}

/** node:http instead of fetch: a command that makes a handful of calls is over before fetch has loaded. */
export function openConnections(): Connections {
  const agents = new Map<string, http.Agent>();
  return {
    async send(url, { method, headers, body, signal }) {
      const { protocol } = new URL(url);
      const { Agent, request } = await moduleFor(protocol);
      const agent = agents.get(protocol) ?? new Agent({ keepAlive: true });
      agents.set(protocol, agent);
      return new Promise((resolve, reject) => {
        const sent = request(url, { method, headers, agent, signal }, (response) => {
          addAbortSignal(signal, response);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
        });
        sent.once('error', reject);
        sent.end(body ?? undefined);
      });
    },
  };
}

/** TLS is loaded where it is spoken. */
export async function moduleFor(protocol: string): Promise<Pick<typeof http, 'Agent' | 'request'>> {
  return protocol === 'https:' ? (await import('node:https')).default : http;
}

/** The whole of an answer's body as text. */
export async function readText({ body }: Answer): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
