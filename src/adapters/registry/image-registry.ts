import { KilnError, toKilnError } from '../../domain/errors.js';
import type { ImageRegistry, Repository } from '../../ports/image-registry.js';
import { readDiffIds } from './diff-ids.js';
import type { RegistryClient } from './client.js';
import { copyImage, putManifest } from './copy.js';
import { findTrouble } from './find-trouble.js';
import { inspectImage } from './inspect.js';
import { type ImageRegistryOptions, openClient } from './open-client.js';
import type { ServedManifest } from './manifest.js';
import { endUploads } from './kept-uploads.js';
import { listTags } from './list-tags.js';
import { expectDigest, getManifest, headManifest } from './read.js';
import { readBlob } from './read-blob.js';
import { readTold } from './read-told.js';
import { removeAttachments } from './remove-attachments.js';
import { removeManifest } from './remove.js';
import { taggedManifests } from './tagged.js';
import { checkedTag, removeTag } from './untag.js';

export type { ImageRegistryOptions } from './open-client.js';

/** Registries that follow the OCI distribution specification 1.1, over HTTP. */
export function createImageRegistry(options: ImageRegistryOptions = {}): ImageRegistry {
  const client = openClient(options);
  return {
    head: (repository, reference, signal, options) =>
      headManifest(client, repository, reference, signal, options),
    findTrouble: (repository, digest, signal) => findTrouble(client, repository, digest, signal),
    inspect: (repository, digest, signal) => inspectImage(client, repository, digest, signal),
    copy: (from, to, digest, signal, onProgress, { alsoAt = [], uploads, beforeManifest } = {}) =>
      copyImage(client, { from, to, alsoAt, uploads, beforeManifest }, digest, signal, onProgress),
    endUploads: (repository, uploads, signal) => endUploads(client, repository, uploads, signal),
    diffIds: (repository, reference, query, signal) =>
      readDiffIds(client, repository, reference, query, signal),
    told: (repository, digest, query, signal) => readTold(client, repository, digest, query, signal),
    readBlob: (repository, digest, signal) => readBlob(client, repository, digest, signal),
    tag: (repository, digest, tag, signal) => moveTag(client, repository, digest, tag, signal),
    tagged: (repository, signal) => taggedManifests(client, repository, signal),
    remove: async (repository, digest, signal, onUnanswered) => {
      const removal = await removeManifest(client, repository, digest, signal, onUnanswered);
      await removeAttachments(client, { repository, digest }, signal, onUnanswered);
      return removal;
    },
    tags: (repository, signal) => listTags(client, repository, signal),
    untag: (repository, tag, signal, options) => removeTag(client, repository, tag, signal, options),
  };
}

async function moveTag(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  tag: string,
  signal?: AbortSignal,
): Promise<void> {
  const manifest = await getManifest(client, repository, digest, signal);
  await requireParts(client, repository, manifest, signal);
  // Whoever moves a tag looks after each try that was given up: it may land after a later one.
  await putManifest(client, repository, checkedTag(tag), manifest, signal, { isSentOnce: true });
  const head = await headManifest(client, repository, tag, signal).catch(unconfirmed(repository, tag));
  expectDigest(head?.digest ?? 'nothing', digest, `${repository}:${tag}`);
}

/** The tag was taken: whatever keeps it from being read back is no refusal. */
function unconfirmed(repository: Repository, tag: string): (thrown: unknown) => never {
  return (thrown) => {
    const cause = toKilnError(thrown);
    if (cause.rule.retryable) throw cause;
    const message = `${repository} has taken the tag ${tag} and does not say what it points at. ${cause.message}`;
    throw new KilnError('registry_failed', { message, cause });
  };
}

/** The images of an index that a repository has lost make it one that nobody can pull. */
async function requireParts(
  client: RegistryClient,
  repository: Repository,
  { content }: ServedManifest,
  signal?: AbortSignal,
): Promise<void> {
  for (const { digest } of 'index' in content ? content.index.manifests : []) {
    if ((await headManifest(client, repository, digest, signal)) === null)
      throw new KilnError('not_found', { message: `${repository} does not hold ${digest}.` });
  }
}
