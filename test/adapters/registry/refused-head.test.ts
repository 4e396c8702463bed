import { afterEach, expect, test } from 'vitest';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

const limits = { pauseMs: 1, maxPauseMs: 20, answerTimeoutMs: 10_000, idleTimeoutMs: 10_000 };

let server: ScriptedRegistry | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

test.each([401, 403])('asks once for the words of a registry that answers %d to HEAD', async (status) => {
  server = await scripted((request, response) => {
    response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' });
    const message = 'Your Authorization Token has expired. token is expired';
    response.end(request.method === 'HEAD' ? '' : JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
  });
  const registry = createImageRegistry({
    limits,
    credentials: () => Promise.resolve({ username: 'a', password: 'b' }),
  });
  await expect(registry.head(`${server.host}/a`, 'v1')).rejects.toMatchObject({
    code: 'registry_denied',
    message: expect.stringMatching(/the token has expired.*credential helper/) as unknown,
  });
  expect(server.requests.filter((request) => request.startsWith('GET'))).toEqual(['GET /v2/a/manifests/v1']);
});

test('does not repeat what a registry refuses for want of a credential', async () => {
  server = await scripted((_, response) =>
    response.writeHead(401, { 'www-authenticate': 'Basic realm="x"', 'retry-after': '20' }).end(),
  );
  const error: unknown = await createImageRegistry({ limits })
    .head(`${server.host}/a`, 'v1')
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'registry_denied', rule: { retryable: false } });
  expect(server.requests).toEqual(['HEAD /v2/a/manifests/v1']);
});
