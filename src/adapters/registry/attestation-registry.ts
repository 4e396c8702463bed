import { attachmentTag, type AttachmentSuffix } from '../../domain/images/attachment-tags.js';
import type {
  AttachedTo,
  AttestationRegistry,
  EnvelopeName,
  ImageSignature,
  SignedStatement,
} from '../../ports/attestations.js';
import { PREDICATE_TYPES } from '../../domain/provenance/statement.js';
import {
  blobOf,
  EMPTY_CONFIG,
  type Entry,
  envelopeLayer,
  layersIn,
  MANIFEST_TYPE,
  referrerManifest,
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
import { addReferrer, removeReferrers } from './referrers.js';
import { findManifestBytes } from './small-manifest.js';

/** Attestations in registries: as referrers (OCI 1.1), and under the tags where cosign looks for them. */
export function createAttestationRegistry(options: ImageRegistryOptions = {}): AttestationRegistry {
  const client = openClient(options);
  return {
    attach: (image, statements, signature, superseded = [], signal?) =>
      attach(client, image, { statements, signature, superseded }, signal),
    read: (image, expected = [], signal?) => readAttachments(client, image, expected, signal),
  };
}

async function attach(
  client: RegistryClient,
  image: AttachedTo,
  {
    statements,
    signature,
    superseded,
  }: {
    readonly statements: readonly SignedStatement[];
    readonly signature: ImageSignature | null;
    readonly superseded: readonly EnvelopeName[];
  },
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
  const given = new Set(layers.map((one) => one.digest));
  const gone = superseded.filter((one) => !given.has(blobOf(one).digest));
  await changeLayers(client, image, '.att', layers, new Set(gone.map((one) => blobOf(one).digest)), signal);
  const manifests = gone.map((one) => referrerManifest(subject, blobOf(one), PREDICATE_TYPES[one.kind]));
  await removeReferrers(client, image, new Set(manifests.map(({ entry }) => entry.digest)), signal);
  if (signature !== null) {
    const payload = await pushBlob(client, repository, signature.payload, signal);
    const layer = signatureLayer(payload, signature.signature);
    await changeLayers(client, image, '.sig', [layer], new Set(), signal);
  }
  return 'attached';
}

/** Adds what is not there to the manifest where cosign looks, and takes out what goes: needs the lock of the image's attachments. */
async function changeLayers(
  client: RegistryClient,
  { repository, digest }: AttachedTo,
  suffix: AttachmentSuffix,
  layers: readonly Entry[],
  gone: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<void> {
  const tag = attachmentTag(digest, suffix);
  const before = await findManifestBytes(client, repository, tag, signal);
  const there = layersIn(before);
  const known = new Set(there.map(identityOf));
  const added = layers.filter((layer) => !known.has(identityOf(layer)));
  if (added.length === 0 && !there.some(({ digest: one }) => gone.has(one))) return;
  await pushBlob(client, repository, EMPTY_CONFIG, signal);
  await putManifest(
    client,
    repository,
    tag,
    { bytes: withLayers(before, added, gone), mediaType: MANIFEST_TYPE },
    signal,
  );
}

/** All signatures of one image are of the same payload. */
function identityOf({ digest, annotations }: Entry): string {
  return `${digest} ${annotations?.[SIGNATURE_ANNOTATION] ?? ''}`;
}
