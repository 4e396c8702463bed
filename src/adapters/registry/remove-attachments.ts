import { ATTACHMENT_SUFFIXES, attachmentTag } from '../../domain/images/attachment-tags.js';
import type { AttachedTo } from '../../ports/attestations.js';
import { isAttachment, subjectIn } from './attachment-manifests.js';
import type { RegistryClient } from './client.js';
import { nameBlob } from './push-blob.js';
import { listReferrers } from './referrers.js';
import { removeManifest } from './remove.js';
import { findManifestBytes } from './small-manifest.js';
import { removeTag } from './untag.js';

/**
 * Removes what lies beside an image that is gone: what refers to it, and what cosign has under tags. Whoever may push may list and tag
 * what they like there, so each manifest has to show that it is nothing else.
 */
export async function removeAttachments(
  client: RegistryClient,
  image: AttachedTo,
  signal?: AbortSignal,
  onUnanswered?: () => void,
): Promise<void> {
  const { repository, digest } = image;
  const find = (reference: string): Promise<Buffer | null> =>
    findManifestBytes(client, repository, reference, signal);
  for (const referrer of await listReferrers(client, image, signal)) {
    const bytes = await find(referrer.digest);
    if (bytes !== null && subjectIn(bytes) === digest)
      await removeManifest(client, repository, referrer.digest, signal, onUnanswered);
  }
  for (const suffix of ATTACHMENT_SUFFIXES) {
    const tag = attachmentTag(digest, suffix);
    const bytes = await find(tag);
    if (bytes === null || !isAttachment(bytes)) continue;
    await removeManifest(client, repository, nameBlob(bytes).digest, signal, onUnanswered);
    // Some registries keep a tag whose manifest is gone.
    if ((await find(tag)) !== null) await removeTag(client, repository, tag, signal);
  }
}
