import { KilnError } from '../../domain/errors.js';
import { isDigest } from '../../domain/images/reference.js';
import type { Removal, Repository } from '../../ports/image-registry.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { headManifest } from './read.js';

/**
 * Removes a manifest by its digest, and sees that it is gone. Of one that was `absent` already nobody knows whether its writing is still on
 * the way.
 */
export async function removeManifest(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
  onUnanswered?: () => void,
): Promise<Removal> {
  if (!isDigest(digest)) throw new KilnError('invalid_request', { message: `${digest} is no digest.` });
  const response = await client.send({
    method: 'DELETE',
    repository,
    target: `manifests/${digest}`,
    actions: 'pull,push,delete',
    expect: [200, 202, 204, 400, 404, 405],
    doing: `the removal of ${digest} from ${repository}`,
    onUnanswered,
    signal,
  });
  await discard(response);
  if ((await headManifest(client, repository, digest, signal)) === null)
    return response.ok ? 'removed' : 'absent';
  const { host } = client.locate(repository);
  // After a 404 it may have come in between.
  const isUnclear = response.ok || response.status === 404;
  throw new KilnError(isUnclear ? 'registry_failed' : 'registry_keeps_images', {
    message: isUnclear
      ? `The registry ${host} answered ${response.status} to the removal of ${digest} from ${repository} and serves it still.`
      : `The registry ${host} does not let images be removed: it answered ${response.status} for ${repository}.`,
  });
}
