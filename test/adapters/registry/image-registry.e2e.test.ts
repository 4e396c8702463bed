import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { pushImage, pushManifest } from './an-image.js';
import { startRegistry, type RealRegistry } from '../../support/real-registry.js';

describe('an image registry of the distribution project', () => {
  const registry = createImageRegistry({ limits: { chunkBytes: 64 * 1024, pauseMs: 5 } });
  let one: RealRegistry;
  let other: RealRegistry;

  beforeAll(async () => {
    one = await startRegistry({ canDelete: true });
    other = await startRegistry({ canDelete: false });
  });
  afterAll(() => {
    one.stop();
    other.stop();
  });

  test('tells what a tag names, and null for what is not there', async () => {
    const image = await pushImage(one.host, 'team/app', 'v1');
    const head = await registry.head(`${one.host}/team/app`, 'v1');
    expect(head).toMatchObject({
      digest: image.digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    });
    expect(await registry.head(`${one.host}/team/app`, 'v2')).toBeNull();
    expect(await registry.head(`${one.host}/team/absent`, 'v1')).toBeNull();
    expect(await registry.head(`${one.host}/team/app`, `sha256:${'0'.repeat(64)}`)).toBeNull();
  });

  test('reads an image back: layers with their origin, sizes, settings', async () => {
    const image = await pushImage(one.host, 'team/read', 'v1');
    const inspected = await registry.inspect(`${one.host}/team/read`, image.digest);
    expect(inspected).toMatchObject({
      manifestDigest: image.digest,
      configDigest: image.config,
      platform: 'linux/amd64',
      entrypoint: ['/bin/app'],
      cmd: ['--help'],
      envVars: ['PATH=/bin', 'MODE=demo'],
      workingDir: '/app',
      uncompressedSizeBytes: null,
    });
    expect(inspected.layers.map(({ number, digest, createdBy }) => [number, digest, createdBy])).toEqual([
      [1, image.layers[0], 'RUN make layer 1 # buildkit'],
      [2, image.layers[1], 'RUN make layer 2 # buildkit'],
    ]);
    expect(inspected.compressedSizeBytes).toBe(
      inspected.layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
  });

  test('reads the one image of an index and passes its attestation by', async () => {
    const image = await pushImage(one.host, 'team/index', 'v1');
    const head = await registry.head(`${one.host}/team/index`, image.digest);
    const entry = { mediaType: head?.mediaType, digest: image.digest, size: head?.sizeBytes };
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          { ...entry, platform: { os: 'linux', architecture: 'amd64' } },
          { ...entry, platform: { os: 'unknown', architecture: 'unknown' } },
        ],
      }),
    );
    const type = 'application/vnd.oci.image.index.v1+json';
    const digest = await pushManifest(one.host, 'team/index', 'multi', index, type);
    const inspected = await registry.inspect(`${one.host}/team/index`, digest);
    expect(inspected).toMatchObject({
      manifestDigest: digest,
      configDigest: image.config,
      manifestMediaType: type,
    });
    await registry.copy(`${one.host}/team/index`, `${other.host}/team/index`, digest);
    expect((await registry.head(`${other.host}/team/index`, digest))?.mediaType).toBe(type);
  });

  test('reads an index of two platforms back, image by image, and copies all of it', async () => {
    const images = await Promise.all(['a', 'b'].map((tag) => pushImage(one.host, 'team/several', tag)));
    const manifests = await Promise.all(
      images.map(async ({ digest }, at) => {
        const head = await registry.head(`${one.host}/team/several`, digest);
        const platform = { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' };
        return { mediaType: head?.mediaType, digest, size: head?.sizeBytes, platform };
      }),
    );
    const type = 'application/vnd.oci.image.index.v1+json';
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
    const digest = await pushManifest(one.host, 'team/several', 'multi', index, type);

    const inspected = await registry.inspect(`${one.host}/team/several`, digest);
    expect(inspected).toMatchObject({
      manifestDigest: digest,
      configDigest: null,
      platform: null,
      layers: [],
    });
    const read = inspected.platformImages ?? [];
    expect(read.map(({ platform, manifestDigest }) => [platform, manifestDigest])).toEqual([
      ['linux/amd64', images[0]?.digest],
      ['linux/arm64', images[1]?.digest],
    ]);
    const blobs = new Map(
      read.flatMap(({ layers }) => layers.map((layer) => [layer.digest, layer.sizeBytes])),
    );
    expect(inspected.compressedSizeBytes).toBe([...blobs.values()].reduce((sum, bytes) => sum + bytes, 0));
    await registry.copy(`${one.host}/team/several`, `${other.host}/team/several`, digest);
    const copied = await registry.inspect(`${other.host}/team/several`, digest);
    expect(copied).toEqual({ ...inspected, repository: `${other.host}/team/several` });
  });

  test('mounts blobs within one registry and finds them the second time', async () => {
    const image = await pushImage(one.host, 'staging/app', 'b1-1');
    const [from, to] = [`${one.host}/staging/app`, `${one.host}/team/published`];
    expect(await registry.copy(from, to, image.digest)).toMatchObject({
      totalBlobs: 3,
      mountedBlobs: 3,
      uploadedBlobs: 0,
      existingBlobs: 0,
      sentBytes: 0,
    });
    expect(await registry.copy(from, to, image.digest)).toMatchObject({ mountedBlobs: 0, existingBlobs: 3 });
  });

  test('streams blobs to another registry in pieces and serves the same digest there', async () => {
    const image = await pushImage(one.host, 'team/big', 'v1', [300_000, 10, 65_536]);
    const [from, to] = [`${one.host}/team/big`, `${other.host}/team/big`];
    const report = await registry.copy(from, to, image.digest);
    expect(report).toMatchObject({ mountedBlobs: 0, uploadedBlobs: 4, existingBlobs: 0 });
    expect(report.sentBytes).toBeGreaterThan(365_000);
    expect((await registry.head(to, image.digest))?.digest).toBe(image.digest);
    expect(await registry.copy(from, to, image.digest)).toMatchObject({ uploadedBlobs: 0, sentBytes: 0 });
  });

  test('moves a tag and reads it back; a second time does no harm', async () => {
    const first = await pushImage(one.host, 'team/tags', 'a');
    const second = await pushImage(one.host, 'team/tags', 'b');
    const repository = `${one.host}/team/tags`;
    await registry.tag(repository, first.digest, 'latest');
    await registry.tag(repository, second.digest, 'latest');
    await registry.tag(repository, second.digest, 'latest');
    expect((await registry.head(repository, 'latest'))?.digest).toBe(second.digest);
  });

  test('says not_found for a tag on a manifest that the repository lacks', async () => {
    const missing = registry.tag(`${one.host}/team/tags`, `sha256:${'1'.repeat(64)}`, 'latest');
    await expect(missing).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('team/tags'),
    });
  });

  test('removes a tag and leaves the image, also when asked twice', async () => {
    const image = await pushImage(one.host, 'team/untag', 'old');
    const repository = `${one.host}/team/untag`;
    expect(await registry.untag(repository, 'old')).toBe(true);
    expect(await registry.untag(repository, 'old')).toBe(true);
    expect((await registry.head(repository, image.digest))?.digest).toBe(image.digest);
  });

  test('says false where the registry cannot remove tags', async () => {
    await pushImage(other.host, 'team/stuck', 'old');
    expect(await registry.untag(`${other.host}/team/stuck`, 'old')).toBe(false);
  });

  /** An index of the given images. */
  async function pushIndex(repository: string, tag: string, digests: readonly string[]): Promise<string> {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const manifests = digests.map((digest) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest,
      size: 1,
    }));
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    return pushManifest(one.host, repository, tag, index, mediaType);
  }

  test('tells of every tag what it points at, of an index also the images in it', async () => {
    const [a, b] = [
      await pushImage(one.host, 'team/tagged', 'a'),
      await pushImage(one.host, 'team/tagged', 'b'),
    ];
    const index = await pushIndex('team/tagged', 'all', [a.digest]);
    const tagged = await registry.tagged(`${one.host}/team/tagged`);
    expect(tagged.sort((x, y) => (x.tag < y.tag ? -1 : 1))).toEqual([
      { tag: 'a', digest: a.digest, children: [] },
      { tag: 'all', digest: index, children: [a.digest] },
      { tag: 'b', digest: b.digest, children: [] },
    ]);
    expect(await registry.tagged(`${one.host}/team/never`)).toEqual([]);
  });

  test('finds the tags of a long list on all its pages', async () => {
    const { digest } = await pushImage(one.host, 'team/many', 'first');
    const repository = `${one.host}/team/many`;
    await Promise.all(Array.from({ length: 30 }, (_, n) => registry.tag(repository, digest, `t${n}`)));
    const short = createImageRegistry({ limits: { tagsPerPage: 7 } });
    expect(await short.tagged(repository)).toHaveLength(31);
  });

  test('removes an image with the tags that point at it, also when it is gone already', async () => {
    const image = await pushImage(one.host, 'team/removed', 'old');
    const other = await pushImage(one.host, 'team/removed', 'new');
    const repository = `${one.host}/team/removed`;
    await registry.remove(repository, image.digest);
    await registry.remove(repository, image.digest);
    expect(await registry.tagged(repository)).toEqual([{ tag: 'new', digest: other.digest, children: [] }]);
  });

  test('says so where the registry does not let images be removed', async () => {
    const { digest } = await pushImage(other.host, 'team/kept', 'old');
    await expect(registry.remove(`${other.host}/team/kept`, digest)).rejects.toMatchObject({
      code: 'registry_keeps_images',
      message: expect.stringContaining('405'),
    });
  });

  test('points no tag at an index that has lost one of its images', async () => {
    const part = await pushImage(one.host, 'team/torn', 'part');
    const index = await pushIndex('team/torn', 'all', [part.digest]);
    await registry.remove(`${one.host}/team/torn`, part.digest);
    await expect(registry.tag(`${one.host}/team/torn`, index, 'latest')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
