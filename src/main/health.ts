import { createServer } from 'node:http';

/** A process's own small HTTP server: /healthz (alive) and /metrics (Prometheus). */
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
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
