import { createHash } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import { isDigest, isTag } from '../../domain/images/reference.js';
import type { ManifestHead, Repository } from '../../ports/image-registry.js';
import type { RegistryClient } from './client.js';
import { readBody } from './read-body.js';
import { MANIFEST_TYPES, readManifest, type ServedManifest } from './manifest.js';

/** Digest, type and size of what a reference names; null when there is no such thing. */
export async function headManifest(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
  options: ReadOptions = {},
): Promise<ManifestHead | null> {
  const response = await askForManifest(client, 'HEAD', repository, reference, signal, options);
  if (response.status === 404) return null;
  const digest = response.headers.get('docker-content-digest');
  const mediaType = response.headers.get('content-type');
  const sizeBytes = Number(response.headers.get('content-length') ?? Number.NaN);
  if (digest !== null && isDigest(digest) && mediaType !== null && Number.isInteger(sizeBytes)) {
    return { digest, mediaType, sizeBytes };
  }
  const served = await getManifest(client, repository, reference, signal, options);
  return { digest: served.digest, mediaType: served.mediaType, sizeBytes: served.bytes.length };
}

/** The answer about what a reference names: 200, or 404 where there is no such thing. */
export function askForManifest(
  client: RegistryClient,
  method: 'GET' | 'HEAD',
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
  options: ReadOptions = {},
) {
  return client.send({
    ...options,
    method,
    repository,
    target: `manifests/${checkedReference(reference)}`,
    actions: 'pull',
    headers: { accept: MANIFEST_TYPES },
    expect: [200, 404],
    doing: `the manifest ${reference} of ${repository}`,
    signal,
  });
}

/** `mayComeFromMirror`: of images that builds stand on, which mirrors of their registry may hold. */
export interface ReadOptions {
  readonly mayComeFromMirror?: boolean;
}

/** The manifest itself; asked for by digest, its bytes are held against it (`image_mismatch`). */
export async function getManifest(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
  options: ReadOptions = {},
): Promise<ServedManifest> {
  const doing = `the manifest ${reference} of ${repository}`;
  const response = await client.send({
    ...options,
    method: 'GET',
    repository,
    target: `manifests/${checkedReference(reference)}`,
    actions: 'pull',
    headers: { accept: MANIFEST_TYPES },
    expect: [200],
    doing,
    signal,
  });
  const bytes = await readBody(
    client,
    { repository, doing, signal },
    response,
    client.limits.maxManifestBytes,
  );
  const digest = digestOf(bytes);
  if (isDigest(reference)) expectDigest(digest, reference, repository);
  const content = readManifest(bytes);
  const declared = 'index' in content ? content.index.mediaType : content.image.mediaType;
  const mediaType = declared ?? response.headers.get('content-type') ?? 'application/octet-stream';
  return { digest, mediaType, bytes, content };
}

/** A small blob (a config), held against its digest. */
export async function getSmallBlob(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
  options: ReadOptions = {},
): Promise<Buffer> {
  const doing = `the blob ${digest} of ${repository}`;
  const response = await client.send({
    ...options,
    method: 'GET',
    repository,
    target: `blobs/${checkedReference(digest)}`,
    actions: 'pull',
    expect: [200],
    doing,
    signal,
  });
  const bytes = await readBody(client, { repository, doing, signal }, response, client.limits.maxConfigBytes);
  expectDigest(digestOf(bytes), digest, repository);
  return bytes;
}

/** Raises `image_mismatch` unless both digests are the same. */
export function expectDigest(served: string, wanted: string, repository: Repository): void {
  if (served === wanted) return;
  throw new KilnError('image_mismatch', {
    message: `The registry serves ${served} from ${repository} where ${wanted} is due. Retry; if it repeats, check the registry's storage.`,
  });
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A reference that may stand in an address; raises `invalid_request` for any other. */
export function checkedReference(reference: string): string {
  if (isTag(reference) || /^sha256:[0-9a-f]{64}$/.test(reference)) return reference;
  throw new KilnError('invalid_request', {
    message: `${JSON.stringify(reference.slice(0, 200))} is neither a tag nor a sha256 digest.`,
  });
}
