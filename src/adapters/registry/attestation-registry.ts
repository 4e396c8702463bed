import { attachmentTag, type AttachmentSuffix } from '../../domain/images/attachment-tags.js';
import type {
  AttachedTo,
  AttestationRegistry,
  ImageSignature,
  SignedStatement,
} from '../../ports/attestations.js';
import {
  EMPTY_CONFIG,
  type Entry,
  envelopeLayer,
  layersIn,
  MANIFEST_TYPE,
  SIGNATURE_ANNOTATION,
  signatureLayer,
  withLayers,
} from './attachment-manifests.js';
import type { RegistryClient } from './client.js';
import { putManifest } from './copy.js';
import { type ImageRegistryOptions, openClient } from './open-client.js';
import { pushBlob } from './push-blob.js';
import { headManifest } from './read.js';
import { readAttachments } from './read-attachments.js';
import { addReferrer } from './referrers.js';
import { findManifestBytes } from './small-manifest.js';

/** Attestations in registries: as referrers (OCI 1.1), and under the tags where cosign looks for them. */
export function createAttestationRegistry(options: ImageRegistryOptions = {}): AttestationRegistry {
  const client = openClient(options);
  return {
    attach: (image, statements, signature, signal) => attach(client, image, statements, signature, signal),
    read: (image, signal) => readAttachments(client, image, signal),
  };
}

async function attach(
  client: RegistryClient,
  image: AttachedTo,
  statements: readonly SignedStatement[],
  signature: ImageSignature | null,
  signal?: AbortSignal,
): Promise<'attached' | 'missing'> {
  const { repository, digest } = image;
  const subject = await headManifest(client, repository, digest, signal);
  if (subject === null) return 'missing';
  const layers: Entry[] = [];
  for (const { envelope, predicateType } of statements) {
    const blob = await pushBlob(client, repository, Buffer.from(envelope), signal);
    await addReferrer(client, image, subject, blob, predicateType, signal);
    layers.push(envelopeLayer(blob, predicateType));
  }
  await addLayers(client, image, '.att', layers, signal);
  if (signature !== null) {
    const payload = await pushBlob(client, repository, signature.payload, signal);
    await addLayers(client, image, '.sig', [signatureLayer(payload, signature.signature)], signal);
  }
  return 'attached';
}

/** Adds what is not there to the manifest where cosign looks: needs the lock of the image's attachments. */
async function addLayers(
  client: RegistryClient,
  { repository, digest }: AttachedTo,
  suffix: AttachmentSuffix,
  layers: readonly Entry[],
  signal?: AbortSignal,
): Promise<void> {
  const tag = attachmentTag(digest, suffix);
  const before = await findManifestBytes(client, repository, tag, signal);
  const known = layersIn(before).map(identityOf);
  const added = layers.filter((layer) => !known.includes(identityOf(layer)));
  if (added.length === 0) return;
  await pushBlob(client, repository, EMPTY_CONFIG, signal);
  await putManifest(
    client,
    repository,
    tag,
    { bytes: withLayers(before, added), mediaType: MANIFEST_TYPE },
    signal,
  );
}

/** All signatures of one image are of the same payload. */
function identityOf({ digest, annotations }: Entry): string {
  return `${digest} ${annotations?.[SIGNATURE_ANNOTATION] ?? ''}`;
}
