import type { Repository } from '../../ports/image-registry.js';
import { bodyWithin, discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { askForManifest } from './read.js';

/** The bytes of whatever manifest a reference names; null where there is none. */
export async function findManifestBytes(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const response = await askForManifest(client, 'GET', repository, reference, signal);
  if (response.status === 200) return bodyWithin(response, client.limits.maxManifestBytes);
  await discard(response);
  return null;
}
