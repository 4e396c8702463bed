import { OpenUploads } from '../../../activities/open-uploads.js';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import type { OpenUpload } from '../../../src/domain/builds/publication.js';
import type { CopyReport } from '../../../src/ports/image-registry.js';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.js';
import { startRegistry, type RealRegistry } from '../../support/real-registry.js';
import { pushImage } from './an-image.js';

const CHUNK_BYTES = 3_000;

let server: RealRegistry;
let proxy: FaultyProxy;
beforeAll(async () => {
  server = await startRegistry();
  proxy = await startFaultyProxy(server.host);
});
afterAll(async () => {
  await proxy.close();
  server.stop();
});

/** What a host reports, as it is kept. */
interface Told {
  readonly counts: CopyReport;
  readonly uploads: readonly OpenUpload[];
}

/** Copies until the request of that number has been carried out, and dies; gives all that it has told by then. */
async function copyUntil(to: string, digest: string, number: number | null, uploads: OpenUploads) {
  const told: Told[] = [];
  const death = new AbortController();
  let [requests, wireBytes] = [0, 0];
  proxy.fail((seen) => {
    requests = seen.number;
    if (seen.method === 'PATCH') wireBytes += seen.bodyBytes;
    if (seen.number !== number) return null;
    // The registry gets the time to carry it out.
    setTimeout(() => death.abort(), 50);
    return { kind: 'mute' };
  });
  const limits = { chunkBytes: CHUNK_BYTES, parallelBlobs: 2 };
  const copy = createImageRegistry({ limits }).copy(
    `${server.host}/team/staged`,
    to,
    digest,
    death.signal,
    (counts) => told.push({ counts, uploads: uploads.all.map((one) => ({ ...one })) }),
    { uploads },
  );
  if (number === null) await copy;
  else await expect(copy).rejects.toMatchObject({ code: 'cancelled' });
  return { told, requests, wireBytes };
}

test('of a copy that dies at any request, and of the one that goes on with it, the bytes sent and those that were there are all bytes, and each blob is counted once', async () => {
  const sizes = [2_000, 4_000, 7_000];
  const { digest, layers } = await pushImage(server.host, 'team/staged', 'v1', sizes);
  const aRepository = async (name: string): Promise<string> => {
    const response = await fetch(
      `http://${server.host}/v2/cut/${name}/blobs/uploads/?mount=${layers[0]}&from=team/staged`,
      { method: 'POST' },
    );
    expect(response.status).toBe(201);
    return `${proxy.host}/cut/${name}`;
  };
  const whole = await copyUntil(await aRepository('whole'), digest, null, new OpenUploads([]));

  const wrong: string[] = [];
  let exact = 0;
  for (let number = 1; number < whole.requests; number += 1) {
    for (const age of [0, 2]) {
      const to = await aRepository(`at-${number}-${age}`);
      const { told, wireBytes: first } = await copyUntil(to, digest, number, new OpenUploads([]));
      // The newest report may not have been kept.
      const kept = told.at(-1 - age) ?? told[0]!;
      const goesOn = await copyUntil(to, digest, null, new OpenUploads(kept.uploads));
      const end = goesOn.told.at(-1)!.counts;
      const sum = kept.counts.sentBytes + end.sentBytes + end.sparedBytes;
      const blobs = kept.counts.uploadedBlobs + end.uploadedBlobs + end.existingBlobs + end.mountedBlobs;
      // A registry that was not done with the request when it was asked again got bytes twice, and both count.
      if (first + goesOn.wireBytes > whole.wireBytes) continue;
      exact += 1;
      if (sum !== end.totalBytes || blobs !== end.totalBlobs)
        wrong.push(
          `request ${number}, report ${age} before the last: ${sum} of ${end.totalBytes} bytes, ${blobs} blobs`,
        );
    }
  }
  expect(wrong).toEqual([]);
  expect(exact).toBeGreaterThan(whole.requests);
}, 120_000);
