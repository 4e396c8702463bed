import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { sha256 } from './an-image.js';
import { scripted } from './scripted-registry.js';

test('a tag is sent once, whatever is answered: its caller knows then that it may be on its way', async () => {
  const config = { digest: `sha256:${'a'.repeat(64)}`, size: 1 };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [] }));
  const server = await scripted((request, response) => {
    response.writeHead(request.method === 'PUT' ? 504 : 200).end(manifest);
  });
  const limits = { pauseMs: 1, maxPauseMs: 20 };
  const moved = createImageRegistry({ limits }).tag(`${server.host}/a`, sha256(manifest), 'v1');
  await expect(moved).rejects.toMatchObject({ code: 'registry_failed' });
  expect(server.requests.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
  await server.close();
});
