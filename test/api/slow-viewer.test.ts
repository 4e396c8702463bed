import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/api/deps.js';
import { aChunk, BUILD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const CHUNKS = 1_000;

let api: ApiUnderTest;
afterEach(() => api.close());

it('reads no further than a viewer takes, and drops one that takes nothing', async () => {
  api = await startApi({ limits: { ...DEFAULT_LIMITS, viewerStallMs: 300 } });
  const content = 'x'.repeat(64 * 1024);
  for (let chunk = 0; chunk < CHUNKS; chunk++)
    api.data.chunks.push({ ...aChunk(chunk), log_content: content });
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(
    `GET /v1/builds/${BUILD_ID}/log/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer good-token\r\n\r\n`,
  );
  while (!api.events.some(({ name }) => name === 'viewerLeft')) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  socket.destroy();
  expect(api.data.logReads).toBeLessThan(CHUNKS / 64 / 2);
});
