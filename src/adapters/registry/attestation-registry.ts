import { attachmentTag, type AttachmentSuffix } from '../../domain/images/attachment-tags.js';
import { MAX_ENVELOPE_BYTES } from '../../domain/provenance/envelope.js';
import type {
  Attached,
  AttachedTo,
  AttestationRegistry,
  ImageSignature,
  SignedStatement,
} from '../../ports/attestations.js';
import {
  EMPTY_CONFIG,
  ENVELOPE_TYPE,
  type Entry,
  envelopeLayer,
  layersIn,
  MANIFEST_TYPE,
  SIGNATURE_ANNOTATION,
  SIGNATURE_TYPE,
  signatureLayer,
  withLayers,
} from './attachment-manifests.js';
import type { RegistryClient } from './client.js';
import { putManifest } from './copy.js';
import { type ImageRegistryOptions, openClient } from './open-client.js';
import { nameBlob, pushBlob } from './push-blob.js';
import { expectDigest, headManifest } from './read.js';
import { readBody } from './read-body.js';
import { addReferrer, listReferrers } from './referrers.js';
import { findManifestBytes } from './small-manifest.js';

/** So many envelopes of one image are looked at: who may push there may put any number. */
const MOST_READ = 200;

/** Attestations in registries: as referrers (OCI 1.1), and under the tags where cosign looks for them. */
export function createAttestationRegistry(options: ImageRegistryOptions = {}): AttestationRegistry {
  const client = openClient(options);
  return {
    attach: (image, statements, signature, signal) => attach(client, image, statements, signature, signal),
    read: (image, signal) => read(client, image, signal),
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

async function read(client: RegistryClient, image: AttachedTo, signal?: AbortSignal): Promise<Attached> {
  const { repository, digest } = image;
  const layersOf = async (reference: string): Promise<Entry[]> =>
    layersIn(await findManifestBytes(client, repository, reference, signal));
  const found: Entry[] = [];
  for (const referrer of (await listReferrers(client, image, signal)).slice(-MOST_READ))
    if (referrer.mediaType === MANIFEST_TYPE) found.push(...(await layersOf(referrer.digest)));
  const forCosign = await layersOf(attachmentTag(digest, '.att'));
  const named = forCosign.map((layer) => layer.digest);
  const isForCosign = found.length === 0 || found.some((one) => named.includes(one.digest));
  found.push(...forCosign);
  const envelopes = found.filter(({ mediaType }) => mediaType === ENVELOPE_TYPE);
  const signatures = (await layersOf(attachmentTag(digest, '.sig'))).filter(
    ({ mediaType }) => mediaType === SIGNATURE_TYPE,
  );
  const texts: string[] = [];
  for (const blob of new Map(envelopes.map((one) => [one.digest, one])).values()) {
    if (texts.length < MOST_READ)
      texts.push((await blobWithin(client, repository, blob, signal)).toString('utf8'));
  }
  return {
    envelopes: texts,
    ...(texts.length > 0 && { isForCosign }),
    signatures: await Promise.all(
      signatures.slice(-MOST_READ).map(async (layer) => ({
        payload: await blobWithin(client, repository, layer, signal),
        signature: layer.annotations?.[SIGNATURE_ANNOTATION] ?? '',
      })),
    ),
  };
}

/** A blob in memory; `image_mismatch` where its bytes are not those of its digest. */
async function blobWithin(
  client: RegistryClient,
  repository: string,
  { digest }: Entry,
  signal?: AbortSignal,
): Promise<Buffer> {
  const doing = `the blob ${digest} of ${repository}`;
  const response = await client.send({
    method: 'GET',
    repository,
    target: `blobs/${digest}`,
    actions: 'pull',
    expect: [200],
    doing,
    signal,
  });
  const bytes = await readBody(client, { repository, doing, signal }, response, MAX_ENVELOPE_BYTES);
  expectDigest(nameBlob(bytes).digest, digest, repository);
  return bytes;
}
