import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InspectedImage } from '../../src/domain/builds/outcome.js';
import { KilnError } from '../../src/domain/errors.js';

/** The part of the distribution protocol that a push of small images needs, in memory. */
export class FakeRegistry {
  readonly manifests = new Map<string, Buffer>();
  readonly blobs = new Map<string, Buffer>();

  handle(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '', 'http://registry');
    const key = url.pathname.split('/').at(-1) ?? '';
    if (request.method === 'POST') {
      response.writeHead(202, { location: `${url.pathname}${randomUUID()}` }).end();
    } else if (request.method === 'PUT' && url.pathname.includes('/manifests/')) {
      this.manifests.set(key, body);
      this.manifests.set(`sha256:${createHash('sha256').update(body).digest('hex')}`, body);
      response.writeHead(201).end();
    } else if (request.method === 'PUT') {
      this.blobs.set(url.searchParams.get('digest') ?? '', body);
      response.writeHead(201).end();
    } else {
      const found = this.manifests.get(key) ?? this.blobs.get(key);
      response.writeHead(found ? 200 : 404).end(found);
    }
  }
}

/** Reads an image back over HTTP, as far as a test looks at it. */
export async function inspectOverHttp(repository: string, digest: string): Promise<InspectedImage> {
  const [host, ...path] = repository.split('/');
  const response = await fetch(`http://${host}/v2/${path.join('/')}/manifests/${digest}`).catch(() => null);
  if (response === null) throw new KilnError('registry_unreachable');
  if (!response.ok) throw new KilnError('not_found');
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    repository,
    manifestDigest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    configDigest: '',
    platform: null,
    compressedSizeBytes: 0,
    uncompressedSizeBytes: null,
    entrypoint: null,
    cmd: null,
    envVars: [],
    workingDir: null,
    baseImage: null,
    layers: [],
  };
}
