import { KilnError } from '../../domain/errors.js';
import type { Blob, PushableImage } from './single-layer-image.js';

const TIMEOUT_MS = 30_000;

/** Where an image goes, in a registry without a login. `registryUrl` has no path. */
export interface PushTarget {
  readonly registryUrl: string;
  readonly repository: string;
  readonly tag: string;
}

/** Pushes an image unless the tag already names it. May be repeated. Throws `registry_failed` or `registry_unreachable`. */
export async function pushImage(image: PushableImage, target: PushTarget): Promise<void> {
  const manifestUrl = `${target.registryUrl}/v2/${target.repository}/manifests/${target.tag}`;
  const { mediaType, digest, bytes } = image.manifest;
  const present = await send(manifestUrl, { method: 'HEAD', headers: { accept: mediaType } });
  if (present.status === 200 && present.headers.get('docker-content-digest') === digest) return;
  for (const blob of image.blobs) await pushBlob(blob, target);
  const stored = await send(manifestUrl, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: new Uint8Array(bytes),
  });
  expectStatus(stored, 201);
}

async function pushBlob(blob: Blob, target: PushTarget): Promise<void> {
  const repositoryUrl = `${target.registryUrl}/v2/${target.repository}`;
  const present = await send(`${repositoryUrl}/blobs/${blob.digest}`, { method: 'HEAD' });
  if (present.status === 200) return;
  const started = await send(`${repositoryUrl}/blobs/uploads/`, { method: 'POST' });
  expectStatus(started, 202);
  const location = new URL(started.headers.get('location') ?? '', repositoryUrl);
  location.searchParams.set('digest', blob.digest);
  const headers = { 'content-type': 'application/octet-stream' };
  expectStatus(await send(location.href, { method: 'PUT', headers, body: new Uint8Array(blob.bytes) }), 201);
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return response;
  } catch (cause) {
    throw new KilnError('registry_unreachable', { detail: `${request.method} ${url}`, cause });
  }
}

function expectStatus(response: Response, status: number): void {
  if (response.status === status) return;
  throw new KilnError('registry_failed', {
    detail: `${response.url} answered ${response.status}, expected ${status}`,
  });
}
