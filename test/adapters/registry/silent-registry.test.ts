import type { ServerResponse } from 'node:http';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import type { ImageRegistry } from '../../../src/ports/image-registry.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

const limits = { attempts: 1, pauseMs: 1, maxPauseMs: 2, answerTimeoutMs: 2_000, idleTimeoutMs: 30 };
const digest = `sha256:${'a'.repeat(64)}`;
let server: ScriptedRegistry;
afterEach(() => server.close());

/** The head of an answer and a part of its body, and then nothing. */
function fallSilent(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': '1000' });
  response.write('{"');
}

const read = async (pieces: AsyncIterable<Uint8Array>): Promise<void> => {
  for await (const piece of pieces) expect(piece.length).toBeGreaterThan(0);
};

test.each<[string, (registry: ImageRegistry, repository: string) => Promise<unknown>]>([
  ['a manifest that is to be copied', (registry, at) => registry.copy(at, `${at}/copy`, digest)],
  ['a manifest', (registry, at) => registry.inspect(at, digest)],
  ['a blob', (registry, at) => read(registry.readBlob(at, digest))],
  ['the tags', (registry, at) => registry.tags(at)],
])('a registry that falls silent in the middle of %s does not answer', async (_what, ask) => {
  server = await scripted((_request, response) => fallSilent(response, 200));
  await expect(ask(createImageRegistry({ limits }), `${server.host}/a`)).rejects.toMatchObject({
    code: 'registry_unreachable',
    message: expect.stringMatching(/does not answer \(no answer in time\).*Check its address/s) as unknown,
  });
});

test('a token service that falls silent does not answer', async () => {
  server = await scripted((request, response) => {
    if (request.url?.startsWith('/token') === true) return fallSilent(response, 200);
    const challenge = `Bearer realm="http://${request.headers.host ?? ''}/token",service="reg"`;
    return response.writeHead(401, { 'www-authenticate': challenge }).end();
  });
  const registry = createImageRegistry({ limits });
  await expect(registry.inspect(`${server.host}/a`, digest)).rejects.toMatchObject({
    code: 'registry_unreachable',
    message: expect.stringContaining('giving a token') as unknown,
  });
});

test('an error whose words do not come is told without them', async () => {
  server = await scripted((_request, response) => fallSilent(response, 418));
  await expect(createImageRegistry({ limits }).inspect(`${server.host}/a`, digest)).rejects.toMatchObject({
    code: 'registry_rejected',
    message: expect.stringContaining('answered 418 when asked') as unknown,
  });
});
