import { attachmentTag } from '../../domain/images/attachment-tags.js';
import { KilnError } from '../../domain/errors.js';
import type { AttachedTo } from '../../ports/attestations.js';
import type { ManifestHead } from '../../ports/image-registry.js';
import {
  EMPTY_CONFIG,
  type Entry,
  INDEX_TYPE,
  MANIFEST_TYPE,
  referrerManifest,
  referrersIn,
  withoutReferrers,
  withReferrer,
} from './attachment-manifests.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { putManifest } from './copy.js';
import { followPages } from './follow-pages.js';
import { type BlobName, pushBlob } from './push-blob.js';
import { removeManifest } from './remove.js';
import { findManifestBytes } from './small-manifest.js';

/** At a time: each costs two requests, while the image's attachments are locked. The next build of it removes more. */
const MOST_REMOVED = 50;

/**
 * Makes a statement, whose envelope the repository holds, a referrer of an image. Where the registry does not keep referrers itself, the
 * list of them is a tag (OCI 1.1), which has to be read and written as one: needs the lock of the image's attachments.
 */
export async function addReferrer(
  client: RegistryClient,
  image: AttachedTo,
  subject: ManifestHead,
  envelope: BlobName,
  predicateType: string,
  signal?: AbortSignal,
): Promise<void> {
  const { repository, digest } = image;
  await pushBlob(client, repository, EMPTY_CONFIG, signal);
  const { bytes, entry } = referrerManifest(subject, envelope, predicateType);
  if (await putWithSubject(client, image, entry.digest, bytes, signal)) return;
  const tag = attachmentTag(digest, '');
  const before = await findManifestBytes(client, repository, tag, signal);
  if (referrersIn(before).some((one) => one.digest === entry.digest)) return;
  await putManifest(
    client,
    repository,
    tag,
    { bytes: withReferrer(before, entry), mediaType: INDEX_TYPE },
    signal,
  );
}

/** What refers to an image, by the registry's own list or by the tag that stands for it. */
export async function listReferrers(
  client: RegistryClient,
  { repository, digest }: AttachedTo,
  signal?: AbortSignal,
): Promise<Entry[]> {
  const doing = `what refers to ${digest} in ${repository}`;
  const target = `referrers/${digest}`;
  const headers = { accept: INDEX_TYPE };
  const pages = await followPages(
    client,
    { repository, target, headers, doing, none: [400, 404, 405] },
    signal,
  );
  if (pages !== null) return pages.flatMap(referrersIn);
  return referrersIn(await findManifestBytes(client, repository, attachmentTag(digest, ''), signal));
}

/**
 * Takes statements away from what refers to an image, by the digests of their manifests: from the registry, where it lets manifests be
 * removed, and from the tag that stands for its list. What cannot be removed harms nobody. Needs the lock of the image's attachments.
 */
export async function removeReferrers(
  client: RegistryClient,
  image: AttachedTo,
  manifests: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<void> {
  const { repository, digest } = image;
  const listed = (await listReferrers(client, image, signal)).filter((one) => manifests.has(one.digest));
  const going = listed.slice(0, MOST_REMOVED);
  if (going.length === 0) return;
  try {
    for (const one of going) await removeManifest(client, repository, one.digest, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof KilnError)) throw error;
  }
  const tag = attachmentTag(digest, '');
  const before = await findManifestBytes(client, repository, tag, signal);
  if (before === null) return;
  const gone = new Set(going.map((one) => one.digest));
  const bytes = withoutReferrers(before, gone);
  if (!bytes.equals(before))
    await putManifest(client, repository, tag, { bytes, mediaType: INDEX_TYPE }, signal);
}

/** True where the registry says that it keeps the referrers of the subject itself. */
async function putWithSubject(
  client: RegistryClient,
  { repository, digest }: AttachedTo,
  reference: string,
  bytes: Buffer,
  signal?: AbortSignal,
): Promise<boolean> {
  const response = await client.send({
    method: 'PUT',
    repository,
    target: `manifests/${reference}`,
    actions: 'pull,push',
    headers: { 'content-type': MANIFEST_TYPE },
    body: bytes,
    expect: [200, 201],
    doing: `the writing of ${reference} in ${repository}`,
    signal,
  });
  await discard(response);
  return response.headers.get('oci-subject') === digest;
}
