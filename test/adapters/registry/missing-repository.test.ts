import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { sha256 } from './an-image.js';
import { scripted } from './scripted-registry.js';

const UPLOAD = '/v2/b/blobs/uploads/1';
const blob = Buffer.from('blob');
const manifest = Buffer.from(
  JSON.stringify({ schemaVersion: 2, config: { digest: sha256(blob), size: 4 }, layers: [] }),
);

/** A copy to a registry that answers one kind of request with 404 and these words. */
async function copyRefused(refused: RegExp, code: string): Promise<{ host: string; error: unknown }> {
  const source = await scripted((request, response) =>
    response.end(request.url?.includes('blobs') ? blob : manifest),
  );
  const server = await scripted((request, response) => {
    const words = JSON.stringify({ errors: [{ code, message: 'no such thing' }] });
    if (refused.test(`${request.method} ${request.url}`)) return response.writeHead(404).end(words);
    if (request.method === 'HEAD') return response.writeHead(404).end();
    return response.writeHead(request.method === 'PUT' ? 201 : 202, { location: UPLOAD }).end();
  });
  const registry = createImageRegistry({ limits: { pauseMs: 1, maxPauseMs: 2 } });
  const error: unknown = await registry
    .copy(`${source.host}/a`, `${server.host}/b`, sha256(manifest))
    .catch((thrown: unknown) => thrown);
  await source.close();
  await server.close();
  return { host: server.host, error };
}

test.each([
  ['the beginning of an upload', /^POST /, 'NAME_UNKNOWN'],
  ['the beginning of an upload, without a reason', /^POST /, 'NOT_FOUND'],
  ['a piece of an upload', /^PATCH /, 'NAME_UNKNOWN'],
  ['the end of an upload', /^PUT .*uploads/, 'NAME_UNKNOWN'],
  ['a manifest', /^PUT .*manifests/, 'NAME_UNKNOWN'],
  ['a manifest, without a reason', /^PUT .*manifests/, 'NOT_FOUND'],
])('404 for %s says which repository is missing and may have to be created', async (_what, refused, code) => {
  const { host, error } = await copyRefused(refused, code);
  expect(error).toMatchObject({
    code: 'repository_missing',
    fix: expect.stringContaining('Create the repository at the registry') as unknown,
    message: `The registry ${host} takes nothing for ${host}/b (404, ${code}: no such thing): the repository is missing there and may have to be created first, or the credential may not create it.`,
  });
});

test.each([
  ['a manifest whose blob the registry has lost', /^PUT .*manifests/, 'MANIFEST_BLOB_UNKNOWN', 'not_found'],
  ['an upload that it has forgotten', /^PATCH /, 'BLOB_UPLOAD_UNKNOWN', 'registry_failed'],
])('404 for %s is not about the repository', async (_what, refused, code, expected) => {
  expect((await copyRefused(refused, code)).error).toMatchObject({ code: expected });
});
