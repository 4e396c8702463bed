import type { Repository } from '../../ports/image-registry.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { askForManifest } from './read.js';
import { readBody } from './read-body.js';

/** The bytes of whatever manifest a reference names; null where there is none. */
export async function findManifestBytes(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  signal?: AbortSignal,
): Promise<Buffer | null> {
  const response = await askForManifest(client, 'GET', repository, reference, signal);
  const doing = `the manifest ${reference} of ${repository}`;
  if (response.status === 200)
    return readBody(client, { repository, doing, signal }, response, client.limits.maxManifestBytes);
  await discard(response);
  return null;
}
