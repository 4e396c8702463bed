import { KilnError } from '../../domain/errors.js';
import { isTag } from '../../domain/images/reference.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { headManifest } from './read.js';

/** A registry that cannot remove a tag answers 400 or 405; what counts is whether the tag is still there. `isSentOnce` as in RegistryRequest. */
export async function removeTag(
  client: RegistryClient,
  repository: Repository,
  tag: string,
  signal?: AbortSignal,
  { isSentOnce = false }: { readonly isSentOnce?: boolean } = {},
): Promise<boolean> {
  const response = await client.send({
    method: 'DELETE',
    repository,
    target: `manifests/${checkedTag(tag)}`,
    actions: 'pull,push,delete',
    expect: [200, 202, 204, 400, 404, 405],
    isSentOnce,
    doing: `the removal of the tag ${tag} of ${repository}`,
    signal,
  });
  await discard(response);
  return (await headManifest(client, repository, tag, signal)) === null;
}

/** A tag that may stand in an address; raises `invalid_request` for any other. */
export function checkedTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new KilnError('invalid_request', {
    message: `${JSON.stringify(tag.slice(0, 200))} cannot be a tag.`,
  });
}
