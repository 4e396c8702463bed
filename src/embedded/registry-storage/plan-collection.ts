import { buildOfStagingTag, stagingRepository } from '../../domain/builds/staging.js';
import type { NamedByManifest, StoredBlob, StoredRepository } from './read-repositories.js';

/** What a collection takes away. */
export interface CollectionPlan {
  /** Manifests of staging that no tag names. */
  readonly staged: readonly { readonly repository: string; readonly digest: string }[];
  /** Blobs that no other manifest of any repository names. */
  readonly blobs: readonly StoredBlob[];
}

const STAGING_SUFFIX = stagingRepository('');

/**
 * Finds what nothing needs in the storage of a registry that nobody pushes to. Of staging that is every manifest which no tag names, also
 * through an index: tags stay there as long as a build or a retry may need them. Of other repositories every manifest stays, with a tag or
 * without. One that says something about a manifest (its subject) stays with it.
 */
export function planCollection(
  repositories: readonly StoredRepository[],
  blobs: readonly StoredBlob[],
  manifests: ReadonlyMap<string, NamedByManifest>,
): CollectionPlan {
  const named = new Set<string>();
  const staged: CollectionPlan['staged'][number][] = [];
  for (const repository of repositories) {
    const kept = isStaging(repository) ? keptByTags(repository, manifests) : new Set(repository.manifests);
    for (const digest of repository.manifests) {
      if (!kept.has(digest)) staged.push({ repository: repository.name, digest });
      else for (const one of [digest, ...(manifests.get(digest)?.parts ?? [])]) named.add(one);
    }
  }
  return { staged, blobs: blobs.filter(({ digest }) => !named.has(digest)) };
}

/** By its name and by its tags: a project may have a name that ends like that. */
function isStaging({ name, tags }: StoredRepository): boolean {
  return name.endsWith(STAGING_SUFFIX) && [...tags.keys()].every((tag) => buildOfStagingTag(tag) !== null);
}

function keptByTags(
  repository: StoredRepository,
  manifests: ReadonlyMap<string, NamedByManifest>,
): Set<string> {
  const kept = new Set<string>();
  const keep = (digest: string): void => {
    if (kept.has(digest)) return;
    kept.add(digest);
    for (const part of manifests.get(digest)?.parts ?? []) if (manifests.has(part)) keep(part);
    for (const [one, { subject }] of manifests) if (subject === digest) keep(one);
  };
  for (const digest of repository.tags.values()) keep(digest);
  return kept;
}
