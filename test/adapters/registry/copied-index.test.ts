import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { sha256 } from './an-image.js';
import { scripted } from './scripted-registry.js';

const blob = Buffer.from('blob');
const image = (name: string) =>
  Buffer.from(
    JSON.stringify({ schemaVersion: 2, name, config: { digest: sha256(blob), size: 4 }, layers: [] }),
  );
const images = [image('amd64'), image('arm64')];
const index = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    manifests: images.map((bytes) => ({ digest: sha256(bytes), size: bytes.length })),
  }),
);

test('what is refused before a later manifest of an index keeps that one, and all after it, from being sent', async () => {
  const named = (url = '') => [...images, index].find((bytes) => url.endsWith(sha256(bytes)));
  const source = await scripted((request, response) =>
    response.end(request.url?.includes('blobs') ? blob : named(request.url)),
  );
  const sent: Buffer[] = [];
  const target = await scripted(({ method, url }, response) => {
    const manifest = named(url);
    if (manifest === undefined) return response.end();
    if (method === 'PUT') sent.push(manifest);
    return sent.includes(manifest) ? response.end(manifest) : response.writeHead(404).end();
  });
  const asked: boolean[] = [];
  const copy = createImageRegistry({ limits: { pauseMs: 1, maxPauseMs: 2 } }).copy(
    `${source.host}/a`,
    `${target.host}/b`,
    sha256(index),
    undefined,
    undefined,
    {
      beforeManifest: (wasThere) => {
        asked.push(wasThere);
        return asked.length < 2 ? Promise.resolve() : Promise.reject(new Error('cancelled'));
      },
    },
  );
  await expect(copy).rejects.toThrow('cancelled');
  await Promise.all([source.close(), target.close()]);
  expect(asked).toEqual([false, false]);
  expect(sent).toEqual([images[0]]);
});
