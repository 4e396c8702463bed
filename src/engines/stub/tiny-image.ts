import { createHash } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';

interface Target {
  readonly scheme: string;
  readonly repository: string;
  readonly tag: string;
  readonly buildId: string;
  readonly sharedLayers: number;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** Pushes an image of one file (the build id), above layers that other builds have too, and returns its digest. */
export async function pushTinyImage(target: Target): Promise<string> {
  const shared = Array.from({ length: target.sharedLayers }, (_, index) => `shared-${index + 1}`);
  const layers = [
    ...shared.map((name) => tarOfOneFile(name, name)),
    tarOfOneFile('build-id', target.buildId),
  ];
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: { 'kiln.build': target.buildId } },
      rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
      history: [...shared, 'build-id'].map((name) => ({ created_by: `COPY ${name} /${name} # stub` })),
    }),
  );
  for (const blob of [...layers, config]) await pushBlob(target, blob);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  );
  await send(`${address(target)}/manifests/${target.tag}`, 'PUT', MANIFEST_TYPE, manifest);
  return digestOf(manifest);
}

async function pushBlob(target: Target, blob: Buffer): Promise<void> {
  const begun = await send(`${address(target)}/blobs/uploads/`, 'POST', 'application/octet-stream', null);
  const place = new URL(begun.headers.get('location') ?? '', address(target));
  place.searchParams.set('digest', digestOf(blob));
  await send(place.href, 'PUT', 'application/octet-stream', blob);
}

async function send(url: string, method: string, type: string, body: Buffer | null): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': type },
    body: body === null ? null : new Uint8Array(body),
  });
  if (!response.ok) {
    throw new KilnError('registry_failed', {
      detail: `${method} ${url}: ${response.status} ${await response.text()}`,
    });
  }
  return response;
}

function address({ scheme, repository }: Target): string {
  const [host, ...path] = repository.split('/');
  return `${scheme}://${host}/v2/${path.join('/')}`;
}

function descriptor(mediaType: string, content: Buffer) {
  return { mediaType, size: content.length, digest: digestOf(content) };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** A ustar archive with one file of mode 0644, owned by root, dated 1970: the same bytes for the same content. */
function tarOfOneFile(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0` + '00000000000\0' + '        0', 124);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
