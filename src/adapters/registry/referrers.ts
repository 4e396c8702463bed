import { attachmentTag } from '../../domain/images/attachment-tags.js';
import type { AttachedTo } from '../../ports/attestations.js';
import type { ManifestHead } from '../../ports/image-registry.js';
import {
  EMPTY_CONFIG,
  type Entry,
  INDEX_TYPE,
  MANIFEST_TYPE,
  referrerManifest,
  referrersIn,
  withReferrer,
} from './attachment-manifests.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { putManifest } from './copy.js';
import { type BlobName, pushBlob } from './push-blob.js';
import { readBody } from './read-body.js';
import { findManifestBytes } from './small-manifest.js';

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
  const response = await client.send({
    method: 'GET',
    repository,
    target: `referrers/${digest}`,
    actions: 'pull',
    headers: { accept: INDEX_TYPE },
    expect: [200, 400, 404, 405],
    doing,
    signal,
  });
  const { maxManifestBytes } = client.limits;
  if (response.status === 200)
    return referrersIn(await readBody(client, { repository, doing, signal }, response, maxManifestBytes));
  await discard(response);
  return referrersIn(await findManifestBytes(client, repository, attachmentTag(digest, ''), signal));
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
