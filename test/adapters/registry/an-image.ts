import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface MadeImage {
  readonly digest: string;
  readonly layers: readonly string[];
  readonly config: string;
}

/** Pushes an image by the bare protocol: layers of random bytes, a config with history, a manifest, a tag. */
export async function pushImage(
  host: string,
  repository: string,
  tag: string,
  layerSizes: readonly number[] = [1000, 2000],
): Promise<MadeImage> {
  const layers = layerSizes.map((size) => gzipSync(randomBytes(size), { level: 1 }));
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: {
        Entrypoint: ['/bin/app'],
        Cmd: ['--help'],
        Env: ['PATH=/bin', 'MODE=demo'],
        WorkingDir: '/app',
      },
      rootfs: { type: 'layers', diff_ids: [] },
      history: [
        ...layers.map((_, index) => ({ created_by: `RUN make layer ${index + 1} # buildkit` })),
        { created_by: 'CMD ["--help"]', empty_layer: true },
      ],
    }),
  );
  for (const blob of [...layers, config]) await pushBlob(host, repository, blob);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: sha256(config),
        size: config.length,
      },
      layers: layers.map((layer) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: sha256(layer),
        size: layer.length,
      })),
    }),
  );
  await pushManifest(host, repository, tag, manifest, 'application/vnd.oci.image.manifest.v1+json');
  return { digest: sha256(manifest), layers: layers.map(sha256), config: sha256(config) };
}

export async function pushManifest(
  host: string,
  repository: string,
  tag: string,
  manifest: Buffer,
  mediaType: string,
): Promise<string> {
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: manifest,
  });
  expect(response.status).toBe(201);
  return sha256(manifest);
}

export async function pushBlob(host: string, repository: string, blob: Buffer): Promise<void> {
  const opened = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const address = new URL(opened.headers.get('location') ?? '', `http://${host}`);
  address.searchParams.set('digest', sha256(blob));
  const response = await fetch(address, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: blob,
  });
  expect(response.status).toBe(201);
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
