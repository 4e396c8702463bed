import { isAttachmentTag } from '../../domain/images/attachment-tags.js';
import type { ManifestHead, Repository, TaggedManifest } from '../../ports/image-registry.js';
import type { RegistryClient } from './client.js';
import { listTags } from './list-tags.js';
import { getManifest, headManifest } from './read.js';

const AT_ONCE = 8;
const ONE_IMAGE = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

/** Every tag of a repository with what it points at now, but those of what lies beside images; a tag that goes meanwhile is left out. */
export async function taggedManifests(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<TaggedManifest[]> {
  const waiting = (await listTags(client, repository, signal)).filter((tag) => !isAttachmentTag(tag));
  const found: TaggedManifest[] = [];
  const lane = async (): Promise<void> => {
    for (let tag = waiting.pop(); tag !== undefined; tag = waiting.pop()) {
      const head = await headManifest(client, repository, tag, signal);
      if (head !== null)
        found.push({
          tag,
          digest: head.digest,
          children: await childrenOf(client, repository, head, signal),
        });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return found;
}

/** Of an index what it names. A type that is not known is read, and raises `registry_failed` when it is neither image nor index. */
async function childrenOf(
  client: RegistryClient,
  repository: Repository,
  { digest, mediaType }: ManifestHead,
  signal?: AbortSignal,
): Promise<string[]> {
  if (ONE_IMAGE.has(mediaType)) return [];
  const { content } = await getManifest(client, repository, digest, signal);
  return 'index' in content ? content.index.manifests.map((child) => child.digest) : [];
}
