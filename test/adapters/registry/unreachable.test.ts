import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { freePort } from '../../support/real-registry.js';

const limits = { pauseMs: 1, maxPauseMs: 20, answerTimeoutMs: 10_000, idleTimeoutMs: 200 };

describe('a registry that cannot be reached', () => {
  test("shows the system's reason and the remedy where nothing listens", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    await expect(createImageRegistry({ limits }).head(`${host}/a`, 'v1')).rejects.toMatchObject({
      code: 'registry_unreachable',
      message: expect.stringMatching(/does not answer \(ECONNREFUSED\).*Check its address/) as unknown,
    });
  });

  test('names the cause where the system has no code for it: fetch refuses the port', async () => {
    const registry = createImageRegistry({ limits });
    await expect(registry.head('127.0.0.1:1/a', 'v1')).rejects.toMatchObject({
      message: expect.stringMatching(/^The registry 127\.0\.0\.1:1 does not answer \(bad port\)/) as unknown,
    });
  });
});
