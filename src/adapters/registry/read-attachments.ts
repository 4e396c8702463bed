import { attachmentTag } from '../../domain/images/attachment-tags.js';
import { MAX_ENVELOPE_BYTES } from '../../domain/provenance/envelope.js';
import type { Attached, AttachedTo } from '../../ports/attestations.js';
import {
  ENVELOPE_TYPE,
  type Entry,
  layersIn,
  MANIFEST_TYPE,
  SIGNATURE_ANNOTATION,
  SIGNATURE_TYPE,
} from './attachment-manifests.js';
import { BodyTooLong } from './bodies.js';
import type { RegistryClient } from './client.js';
import { nameBlob } from './push-blob.js';
import { expectDigest } from './read.js';
import { readBody } from './read-body.js';
import { listReferrers } from './referrers.js';
import { findManifestBytes } from './small-manifest.js';

/** So many envelopes of one image are looked at: who may push there may put any number. */
const MOST_READ = 200;
/** All of them together. */
const MOST_BYTES = 4 * MAX_ENVELOPE_BYTES;
/** The payload of a signature has some 300 bytes. */
const MOST_PAYLOAD_BYTES = 64 * 1024;

/** See AttestationRegistry.read. */
export async function readAttachments(
  client: RegistryClient,
  image: AttachedTo,
  signal?: AbortSignal,
): Promise<Attached> {
  const { repository, digest } = image;
  let unread = 0;
  const layersOf = async (reference: string): Promise<Entry[]> => {
    const bytes = await unlessTooLong(findManifestBytes(client, repository, reference, signal));
    if (bytes === 'too long') unread += 1;
    return layersIn(bytes === 'too long' ? null : bytes);
  };
  const found: Entry[] = [];
  for (const referrer of (await listReferrers(client, image, signal)).slice(-MOST_READ))
    if (referrer.mediaType === MANIFEST_TYPE) found.push(...(await layersOf(referrer.digest)));
  const forCosign = await layersOf(attachmentTag(digest, '.att'));
  const underTag = forCosign.map((layer) => layer.digest);
  const isForCosign = found.length === 0 || found.some((one) => underTag.includes(one.digest));
  found.push(...forCosign);
  const layers = (await layersOf(attachmentTag(digest, '.sig'))).slice(-MOST_READ);
  let room = MOST_BYTES;
  /** One after the other: they share the room. */
  const readAll = async (blobs: readonly Entry[], mostBytes: number): Promise<[Entry, Buffer][]> => {
    const texts: [Entry, Buffer][] = [];
    for (const blob of blobs) {
      const limit = Math.min(mostBytes, room);
      const bytes =
        blob.size > limit
          ? 'too long'
          : await unlessTooLong(blobWithin(client, repository, blob, limit, signal));
      if (bytes === 'too long') unread += 1;
      else {
        texts.push([blob, bytes]);
        room -= Math.max(blob.size, bytes.length);
      }
    }
    return texts;
  };
  const signatures = await readAll(
    layers.filter(({ mediaType }) => mediaType === SIGNATURE_TYPE),
    MOST_PAYLOAD_BYTES,
  );
  const named = found.filter(({ mediaType }) => mediaType === ENVELOPE_TYPE);
  const envelopes = [...new Map(named.map((one) => [one.digest, one])).values()];
  unread += Math.max(0, envelopes.length - MOST_READ);
  return {
    envelopes: (await readAll(envelopes.slice(0, MOST_READ), MAX_ENVELOPE_BYTES)).map(([, bytes]) =>
      bytes.toString('utf8'),
    ),
    signatures: signatures.map(([layer, payload]) => ({
      payload,
      signature: layer.annotations?.[SIGNATURE_ANNOTATION] ?? '',
    })),
    ...(envelopes.length > 0 && { isForCosign }),
    unread,
  };
}

/** Whoever may push there may put anything beside an image; that keeps nobody from reading the rest. */
async function unlessTooLong<T>(reading: Promise<T>): Promise<T | 'too long'> {
  return reading.catch((error: unknown) => {
    if (error instanceof BodyTooLong) return 'too long' as const;
    throw error;
  });
}

/** A blob in memory; `image_mismatch` where its bytes are not those of its digest. */
async function blobWithin(
  client: RegistryClient,
  repository: string,
  { digest }: Entry,
  mostBytes: number,
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
  const bytes = await readBody(client, { repository, doing, signal }, response, mostBytes);
  expectDigest(nameBlob(bytes).digest, digest, repository);
  return bytes;
}
