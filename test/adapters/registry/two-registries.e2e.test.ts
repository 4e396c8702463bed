import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import type { OpenUpload } from '../../../src/domain/builds/publication.js';
import type { CopyReport, UploadMemory } from '../../../src/ports/image-registry.js';
import { startFaultyProxy, type FaultyProxy, type RegistryFault } from '../../support/faulty-proxy.js';
import { startCraneRegistry, startRegistry, type RealRegistry } from '../../support/real-registry.js';
import { pushImage, type MadeImage } from './an-image.js';
import { expectServed, SMALL_LIMITS as limits, UPLOADED_ONCE } from './copied-image.js';

const registry = createImageRegistry({ limits });
const KINDS = { distribution: () => startRegistry(), 'go-containerregistry': startCraneRegistry };

let staging: RealRegistry;
let from: string;
beforeAll(async () => {
  staging = await startRegistry();
  from = `${staging.host}/team/app-staging`;
}, 300_000);
afterAll(() => staging.stop());

/** An image in staging whose blobs no other registry has yet. */
const newImage = (): Promise<MadeImage> =>
  pushImage(staging.host, 'team/app-staging', 'b-1', [150_000, 1000]);

/** Where uploads are kept between two copies. */
function memory(): UploadMemory & { readonly kept: Map<string, OpenUpload> } {
  const kept = new Map<string, OpenUpload>();
  return {
    kept,
    find: (digest) => kept.get(digest),
    keep: (upload) => void kept.set(upload.digest, upload),
    forget: (digest) => void kept.delete(digest),
  };
}

/** What a request does, without the names that it does it to. */
const kindOf = (request: string): string =>
  request
    .replace(/sha256[:%]\S+/, 'DIGEST')
    .replace(/uploads\/\S*/, 'upload')
    .replace(/app\d+/, 'app');

describe.each(Object.entries(KINDS))('a registry of %s', (kind, start) => {
  let real: RealRegistry;
  let proxy: FaultyProxy;
  let repositories = 0;
  const fresh = (): string => `${proxy.host}/${kind}/app${++repositories}`;
  /** Counts the bytes of blobs that are handed on, from now on. */
  const countBytes = (): (() => number) => {
    let bytes = 0;
    proxy.fail(({ method, bodyBytes }) => {
      if (method === 'PATCH') bytes += bodyBytes;
      return null;
    });
    return () => bytes;
  };
  beforeAll(async () => {
    real = await start();
    proxy = await startFaultyProxy(real.host);
  }, 300_000);
  afterEach(() => {
    proxy.fail(() => null);
    proxy.allow(null);
  });
  afterAll(async () => {
    await proxy.close();
    real.stop();
  });

  test('gets each blob once, tells how far it is, and gets nothing the second time', async () => {
    const [to, image] = [fresh(), await newImage()];
    const told: CopyReport[] = [];
    const first = await registry.copy(from, to, image.digest, undefined, (report) => told.push(report));
    expect(first).toMatchObject({ totalBlobs: 3, ...UPLOADED_ONCE, sentBytes: first.totalBytes });
    expect(told.at(0)).toMatchObject({ totalBytes: first.totalBytes, sentBytes: 0 });
    expect(told.at(-1)).toEqual(first);
    expect(told.map(({ sentBytes }) => sentBytes)).toEqual(
      told.map(({ sentBytes }) => sentBytes).sort((a, b) => a - b),
    );
    await expectServed(registry, to, image);

    const before = proxy.requests.length;
    const second = await registry.copy(from, to, image.digest);
    expect(second).toMatchObject({ existingBlobs: 3, uploadedBlobs: 0, sentBytes: 0 });
    expect(proxy.requests.slice(before).filter((line) => /^P.* .*\/uploads\//.test(line))).toEqual([]);
  });

  test('gets nothing for another repository of its own, and each of several tags', async () => {
    const [one, two, image] = [fresh(), fresh(), await newImage()];
    await registry.copy(from, one, image.digest);
    const report = await registry.copy(one, two, image.digest);
    expect(report).toMatchObject({ uploadedBlobs: 0, sentBytes: 0, sparedBytes: report.totalBytes });
    expect(report.mountedBlobs + report.existingBlobs).toBe(3);
    for (const tag of ['1', '1.2', 'latest']) await registry.tag(two, image.digest, tag);
    for (const tag of ['1', '1.2', 'latest'])
      expect((await registry.head(two, tag))?.digest).toBe(image.digest);
    await expectServed(registry, two, image);
  });

  test.each<[string, RegistryFault]>([
    ['is answered with 503', { kind: 'answer', status: 503 }],
    ['is answered with 429', { kind: 'answer', status: 429, headers: { 'retry-after': '0' } }],
    ['loses half of its body and its connection', { kind: 'cut' }],
    ['is carried out while its answer is lost', { kind: 'lose' }],
    ['is carried out and never answered', { kind: 'mute' }],
  ])(
    'gets the whole image whichever kind of request %s',
    async (_, fault) => {
      const publish = async (): Promise<[string, MadeImage]> => {
        const [to, image] = [fresh(), await newImage()];
        const report = await registry.copy(from, to, image.digest);
        // A tag is sent once in each try of its move.
        const move = () => registry.tag(to, image.digest, 'v1');
        await move().catch(move);
        // One that can go on with an upload gets nothing twice.
        if (kind === 'distribution') expect(report.sentBytes).toBe(report.totalBytes - report.sparedBytes);
        return [to, image];
      };
      const before = proxy.requests.length;
      await publish();
      const kinds = proxy.requests.slice(before).map(kindOf);
      expect(new Set(kinds).size).toBeGreaterThan(8);
      for (const number of new Set(kinds.map((one) => kinds.lastIndexOf(one) + 1))) {
        proxy.fail((seen) => (seen.number === number ? fault : null));
        const [to, image] = await publish();
        proxy.fail(() => null);
        await expectServed(registry, to, image);
        expect((await registry.head(to, 'v1'))?.digest).toBe(image.digest);
      }
    },
    60_000,
  );

  test('goes on with an upload that another copy has left open, where it can, and else begins it anew', async () => {
    const [to, image] = [fresh(), await newImage()];
    const uploads = memory();
    const bytes = countBytes();
    const killed = new AbortController();
    const stopAfterOne = ({ sentBytes }: CopyReport): void => {
      if (sentBytes > 0) killed.abort();
    };
    await expect(
      registry.copy(from, to, image.digest, killed.signal, stopAfterOne, { uploads }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(uploads.kept.size).toBe(1);

    const report = await registry.copy(from, to, image.digest, undefined, undefined, { uploads });

    await expectServed(registry, to, image);
    expect([...uploads.kept.values()].filter((one) => one.address !== null)).toEqual([]);
    // One that cannot go on gets the first piece twice.
    const again = kind === 'distribution' ? 0 : limits.chunkBytes;
    expect(bytes()).toBeGreaterThanOrEqual(report.totalBytes);
    expect(bytes()).toBeLessThanOrEqual(report.totalBytes + again);
  });

  test('forgets an upload that was given up, where it can', async () => {
    const [to, image] = [fresh(), await newImage()];
    const uploads = memory();
    const cancelled = new AbortController();
    const stopAfterOne = ({ sentBytes }: CopyReport): void => {
      if (sentBytes > 0) cancelled.abort();
    };
    await registry
      .copy(from, to, image.digest, cancelled.signal, stopAfterOne, { uploads })
      .catch(() => undefined);
    const left = [...uploads.kept.values()];
    const state = async (): Promise<number> =>
      (await fetch(`http://${proxy.host}${left[0]!.address}`)).status;
    expect(left).toHaveLength(1);

    await registry.endUploads(to, [...left, { ...left[0]!, address: `/v2/somebody/else/blobs/uploads/x` }]);

    if (kind === 'distribution') expect(await state()).toBe(404);
    expect(proxy.requests.filter((line) => line.includes('somebody/else'))).toEqual([]);
    await registry.copy(from, to, image.digest);
    await expectServed(registry, to, image);
  });

  test('begins anew where the upload that was left open holds other bytes, or is not its own', async () => {
    const [to, image, other] = [fresh(), await newImage(), await newImage()];
    const uploads = memory();
    const killed = new AbortController();
    await registry
      .copy(
        from,
        to,
        other.digest,
        killed.signal,
        ({ sentBytes }) => void (sentBytes > 0 && killed.abort()),
        {
          uploads,
        },
      )
      .catch(() => undefined);
    const [left] = uploads.kept.values();
    for (const digest of image.layers) uploads.keep({ ...left!, digest });
    await registry.copy(from, to, image.digest, undefined, undefined, { uploads });
    await expectServed(registry, to, image);

    const [elsewhere, next] = [fresh(), await newImage()];
    const before = proxy.requests.length;
    const address = `/v2/${kind}/somebody-else/blobs/uploads/x`;
    for (const digest of next.layers) uploads.keep({ digest, address, sentBytes: 1 });
    await registry.copy(from, elsewhere, next.digest, undefined, undefined, { uploads });
    expect(proxy.requests.slice(before).filter((line) => line.includes('somebody-else'))).toEqual([]);
  });

  test('that is busy gets the pause that it asks for, and tells so', async () => {
    let refusals = 1;
    proxy.fail(({ method }) =>
      method === 'POST' && refusals-- > 0
        ? { kind: 'answer', status: 429, headers: { 'retry-after': '1' } }
        : null,
    );
    const waits: { reason: string; delayMs: number }[] = [];
    const patient = createImageRegistry({ limits, onWait: (wait) => waits.push(wait) });
    const [to, image] = [fresh(), await newImage()];
    await patient.copy(from, to, image.digest);
    expect(waits).toEqual([
      { host: proxy.host, reason: expect.stringContaining('429'), delayMs: expect.any(Number) },
    ]);
    expect(waits[0]!.delayMs).toBeGreaterThanOrEqual(1_000);
    await expectServed(registry, to, image);
  });

  test('that refuses what it is sent is asked once', async () => {
    proxy.fail(({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 413 } : null));
    const before = proxy.requests.length;
    await expect(registry.copy(from, fresh(), (await newImage()).digest)).rejects.toMatchObject({
      code: 'registry_rejected',
      rule: { retryable: false },
    });
    expect(proxy.requests.slice(before).filter((line) => line.startsWith('PATCH'))).toHaveLength(1);
  });

  test('whose password changes in the middle of an upload gets the rest by the new one', async () => {
    let password = 'old';
    proxy.allow({ username: 'writer', password });
    const waits: string[] = [];
    const careful = createImageRegistry({
      limits,
      credentials: (host) => Promise.resolve(host === proxy.host ? { username: 'writer', password } : null),
      onWait: ({ reason }) => waits.push(reason),
    });
    let pieces = 0;
    proxy.fail(({ method }) => {
      if (method === 'PATCH' && ++pieces === 2) {
        password = 'new';
        proxy.allow({ username: 'writer', password });
      }
      return null;
    });
    const [to, image] = [fresh(), await newImage()];
    expect(await careful.copy(from, to, image.digest)).toMatchObject({ mountedBlobs: 0 });
    expect(pieces).toBeGreaterThan(2);
    expect(waits).toEqual([]);
    proxy.allow(null);
    await expectServed(registry, to, image);
  });
});
