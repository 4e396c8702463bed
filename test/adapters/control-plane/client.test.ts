import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createControlPlaneClient } from '../../../src/adapters/control-plane/client.js';

const lease = {
  buildId: '00000000-0000-4000-8000-000000000001',
  attempt: 1,
  leaseId: '00000000-0000-4000-8000-000000000002',
  fence: 4,
};

describe('the client of the internal operations', () => {
  let server: Server;
  let reply: RequestListener;
  const clientWith = (timeoutMs: number) =>
    createControlPlaneClient({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      workerToken: 'worker-token',
      hostId: '00000000-0000-4000-8000-000000000003',
      timeoutMs,
    });

  beforeEach(async () => {
    server = createServer((request, response) => reply(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const json = (status: number, body: object): RequestListener => {
    return (_request, response) => response.writeHead(status).end(JSON.stringify(body));
  };

  it('sends lease, fence and the token of the lease', async () => {
    const seen: unknown[] = [];
    reply = (request, response) => {
      let body = '';
      request.on('data', (block: Buffer) => (body += block.toString()));
      request.on('end', () => {
        seen.push(request.url, request.headers.authorization, JSON.parse(body));
        response.end(JSON.stringify({ ttl_ms: 9000, cancel_requested: true }));
      });
    };
    expect(await clientWith(30_000).renew({ lease, token: 'lease-token' })).toEqual({
      ttlMs: 9000,
      cancelRequested: true,
    });
    expect(seen).toEqual([`/internal/v1/leases/${lease.leaseId}/renew`, 'Bearer lease-token', { fence: 4 }]);
  });

  it('makes the error that a problem document names', async () => {
    reply = json(409, { code: 'stale_fence', detail: 'a newer attempt', fields: [] });
    await expect(clientWith(30_000).acknowledge(lease)).rejects.toMatchObject({
      code: 'stale_fence',
      message: 'a newer attempt',
    });
  });

  it.each([
    [502, 'unavailable'],
    [401, 'unauthenticated'],
    [500, 'internal'],
  ])('judges an answer %i without a code as %s', async (status, code) => {
    reply = json(status, {});
    await expect(clientWith(30_000).acknowledge(lease)).rejects.toMatchObject({ code });
  });

  it('calls an api that does not answer in time unavailable', async () => {
    reply = () => {};
    await expect(clientWith(50).acknowledge(lease)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('calls an answer that breaks off unavailable', async () => {
    reply = (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
      setTimeout(() => request.socket.destroy(), 10);
    };
    await expect(clientWith(30_000).acknowledge(lease)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses an answer of another shape', async () => {
    reply = json(200, { hello: 'world' });
    await expect(clientWith(30_000).acknowledge(lease)).rejects.toMatchObject({ code: 'internal' });
  });

  it('gives an abort of the caller back as it is', async () => {
    reply = () => {};
    const abort = new AbortController();
    const call = clientWith(5000).acknowledge(lease, abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 20);
    await expect(call).rejects.toThrow('enough');
  });
});
