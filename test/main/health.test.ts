import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { startHealthServer } from '../../src/main/health.js';

test('a port that is taken is told with the setting that chooses it', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const metrics = () => Promise.resolve({ contentType: 'text/plain', text: '' });
  await expect(startHealthServer({ host: '127.0.0.1', port }, metrics)).rejects.toMatchObject({
    code: 'service_start_failed',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*EADDRINUSE.*KILN_PORT`)) as string,
  });
  other.close();
});
