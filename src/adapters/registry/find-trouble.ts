import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import type { RegistryClient } from './client.js';
import { blobsOf, readTree } from './copy.js';
import type { Descriptor } from './manifest.js';

const AT_ONCE = 8;

/** See ImageRegistry.findTrouble. */
export async function findTrouble(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const blobs = blobsOf(await readTree(client, repository, digest, signal));
    for (let start = 0; start < blobs.length; start += AT_ONCE) {
      const some = blobs.slice(start, start + AT_ONCE);
      const found = await Promise.all(some.map((blob) => blobTrouble(client, repository, blob, signal)));
      const trouble = found.find((one) => one !== null);
      if (trouble !== undefined) return trouble;
    }
    return null;
  } catch (error) {
    if (error instanceof KilnError && (error.code === 'image_mismatch' || error.code === 'not_found'))
      return error.message;
    throw error;
  }
}

async function blobTrouble(
  client: RegistryClient,
  repository: Repository,
  { digest, size }: Descriptor,
  signal?: AbortSignal,
): Promise<string | null> {
  const response = await client.send({
    method: 'HEAD',
    repository,
    target: `blobs/${digest}`,
    actions: 'pull',
    expect: [200, 404],
    doing: `the blob ${digest} of ${repository}`,
    signal,
  });
  if (response.status === 404) return `${repository} does not hold ${digest}, which is a part of the image`;
  const held = response.headers.get('content-length');
  return held === null || Number(held) === size
    ? null
    : `${repository} holds ${held} bytes as ${digest}, which has ${size}`;
}
