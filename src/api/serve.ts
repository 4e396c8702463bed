import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { KilnError } from '../domain/errors.js';

/** Receiving one whole request may take this long: an upload on a slow line. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const KEEP_ALIVE_MS = 65_000;

export interface RunningServer {
  readonly port: number;
  /** Takes no new connection, lets running requests end, cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Listens on host and port (0 = a free one). Rejects when the port is taken. */
export async function serve(app: Express, host: string, port: number): Promise<RunningServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: KEEP_ALIVE_MS }, app);
  server.listen(port, host);
  await once(server, 'listening').catch((cause: unknown) => {
    throw new KilnError('service_start_failed', {
      message: `The api cannot listen on ${host}:${port}: ${String(cause)}. Choose another KILN_HOST or KILN_PORT.`,
      cause,
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async (graceMs) => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
