import { createServer } from 'node:http';
import { KilnError } from '../domain/errors.js';

/** A process's own small HTTP server: /healthz (alive) and /metrics (Prometheus). Raises service_start_failed when it cannot listen. */
export async function startHealthServer(
  address: { host: string; port: number },
  metrics: () => Promise<{ contentType: string; text: string }>,
): Promise<{ close(): Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') {
      response.setHeader('content-type', 'application/json').end('{"status":"ok"}');
      return;
    }
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics().then(
      ({ contentType, text }) => response.setHeader('content-type', contentType).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  }).catch((cause: unknown) => {
    throw new KilnError('service_start_failed', {
      message: `Health and metrics cannot be served on ${address.host}:${address.port}: ${String(cause)}. Choose another KILN_HOST or KILN_PORT.`,
      cause,
    });
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
