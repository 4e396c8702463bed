import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface ScriptedRegistry {
  readonly host: string;
  /** `METHOD /path?query` of every request so far. */
  readonly requests: string[];
  /** The authorization header of every request so far. */
  readonly authorizations: (string | null)[];
  close(): Promise<void>;
}

type Script = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** An HTTP server on a free loopback port that answers by a script; `number` counts the requests from 1. */
export async function scripted(script: Script): Promise<ScriptedRegistry> {
  const requests: string[] = [];
  const authorizations: (string | null)[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers.authorization ?? null);
    request.resume();
    request.on('end', () => script(request, response, requests.length));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    requests,
    authorizations,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
