import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { sha256 } from './an-image.js';
import { scripted } from './scripted-registry.js';

test('a push that is answered with 404 says that the repository is missing or may not be created', async () => {
  const blob = Buffer.from('blob');
  const manifest = Buffer.from(
    JSON.stringify({ schemaVersion: 2, config: { digest: sha256(blob), size: 4 }, layers: [] }),
  );
  const source = await scripted((request, response) =>
    response.end(request.url?.includes('blobs') ? blob : manifest),
  );
  const server = await scripted((_request, response) =>
    response
      .writeHead(404)
      .end(JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'no such repository' }] })),
  );
  const copied = createImageRegistry().copy(`${source.host}/a`, `${server.host}/b`, sha256(manifest));
  await expect(copied).rejects.toMatchObject({
    code: 'repository_missing',
    message: `The registry ${server.host} takes no upload to ${server.host}/b (404, NAME_UNKNOWN: no such repository): the repository is missing there, or the credential may not create it.`,
  });
  await source.close();
  await server.close();
});
