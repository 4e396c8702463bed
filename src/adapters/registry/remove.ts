import { KilnError } from '../../domain/errors.js';
import { isDigest } from '../../domain/images/reference.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { headManifest } from './read.js';

/** Removes a manifest by its digest, and sees that it is gone. */
export async function removeManifest(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<void> {
  if (!isDigest(digest)) throw new KilnError('invalid_request', { message: `${digest} is no digest.` });
  const response = await client.send({
    method: 'DELETE',
    repository,
    target: `manifests/${digest}`,
    actions: 'pull,push,delete',
    expect: [200, 202, 204, 400, 404, 405],
    doing: `the removal of ${digest} from ${repository}`,
    signal,
  });
  await discard(response);
  if (response.status === 404 || (await headManifest(client, repository, digest, signal)) === null) return;
  const { host } = client.locate(repository);
  throw new KilnError(response.ok ? 'registry_failed' : 'registry_keeps_images', {
    message: response.ok
      ? `The registry ${host} took the removal of ${digest} from ${repository} and serves it still.`
      : `The registry ${host} does not let images be removed: it answered ${response.status} for ${repository}.`,
  });
}
