import { attachmentTag } from '../../domain/images/attachment-tags.js';
import { MAX_ENVELOPE_BYTES } from '../../domain/provenance/envelope.js';
import { imageSignaturePayload } from '../../domain/provenance/image-signature.js';
import { PREDICATE_TYPES } from '../../domain/provenance/statement.js';
import type { Attached, AttachedTo, EnvelopeName } from '../../ports/attestations.js';
import {
  blobOf,
  ENVELOPE_TYPE,
  type Entry,
  layersIn,
  MANIFEST_TYPE,
  referrerManifest,
  SIGNATURE_ANNOTATION,
  SIGNATURE_TYPE,
} from './attachment-manifests.js';
import { BodyTooLong } from './bodies.js';
import type { RegistryClient } from './client.js';
import { nameBlob } from './push-blob.js';
import { expectDigest, headManifest } from './read.js';
import { readBody } from './read-body.js';
import { listReferrers } from './referrers.js';
import { findManifestBytes } from './small-manifest.js';

/** So many envelopes of one image are looked at beside those of Kiln's record: who may push there may put any number. */
const MOST_READ = 200;
/** Of the provenances of Kiln's record, the newest first: one is enough. */
const MOST_PROVENANCES = 40;
/** All of them together. */
const MOST_BYTES = 4 * MAX_ENVELOPE_BYTES;
/** The payload of a signature has some 300 bytes. */
const MOST_PAYLOAD_BYTES = 64 * 1024;

/** See AttestationRegistry.read. */
export async function readAttachments(
  client: RegistryClient,
  image: AttachedTo,
  expected: readonly EnvelopeName[],
  signal?: AbortSignal,
): Promise<Attached> {
  const { repository, digest } = image;
  let unread = 0;
  const layersOf = async (reference: string): Promise<Entry[]> => {
    const bytes = await unlessTooLong(findManifestBytes(client, repository, reference, signal));
    if (bytes === 'too long') unread += 1;
    return layersIn(bytes === 'too long' ? null : bytes);
  };
  /** Those of the record, however many others there are, and of the others the last ones. */
  const chosen = <T extends Entry>(all: readonly T[], ofRecord: ReadonlySet<string>): T[] => {
    const others = all.filter((one) => !ofRecord.has(one.digest));
    unread += Math.max(0, others.length - MOST_READ);
    return [...all.filter((one) => ofRecord.has(one.digest)), ...others.slice(-MOST_READ)];
  };
  const wanted = newest(expected);
  const found: Entry[] = [];
  const manifests = await manifestsOf(client, image, wanted, signal);
  const listed = await unlessTooLong(listReferrers(client, image, signal));
  if (listed === 'too long') unread += 1;
  const referrers = (listed === 'too long' ? manifests : listed).filter(
    ({ mediaType }) => mediaType === MANIFEST_TYPE,
  );
  for (const one of chosen(referrers, digestsOf(manifests))) found.push(...(await layersOf(one.digest)));
  const forCosign = await layersOf(attachmentTag(digest, '.att'));
  const underTag = new Set(forCosign.map((layer) => layer.digest));
  const isForCosign = found.length === 0 || found.some((one) => underTag.has(one.digest));
  found.push(...forCosign);
  const payload = nameBlob(Buffer.from(imageSignaturePayload(repository, digest)));
  const layers = (await layersOf(attachmentTag(digest, '.sig'))).filter(
    ({ mediaType }) => mediaType === SIGNATURE_TYPE,
  );
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
  const payloads = new Map(
    (await readAll(chosen(distinct(layers), new Set([payload.digest])), MOST_PAYLOAD_BYTES)).map(
      ([{ digest: one }, bytes]) => [one, bytes],
    ),
  );
  const envelopes = distinct(found.filter(({ mediaType }) => mediaType === ENVELOPE_TYPE));
  const ofRecord = digestsOf(wanted.map(blobOf));
  return {
    envelopes: (await readAll(chosen(envelopes, ofRecord), MAX_ENVELOPE_BYTES)).map(([, bytes]) =>
      bytes.toString('utf8'),
    ),
    signatures: layers.flatMap((layer) => {
      const bytes = payloads.get(layer.digest);
      const signature = layer.annotations?.[SIGNATURE_ANNOTATION] ?? '';
      return bytes === undefined ? [] : [{ payload: bytes, signature }];
    }),
    ...(envelopes.length > 0 && { isForCosign }),
    unread,
  };
}

/** What is expected, without all but the newest provenances. */
function newest(expected: readonly EnvelopeName[]): EnvelopeName[] {
  const provenances = expected.filter(({ kind }) => kind === 'provenance').slice(0, MOST_PROVENANCES);
  return [...expected.filter(({ kind }) => kind !== 'provenance'), ...provenances];
}

/** The manifests by which these envelopes refer to the image: what they are follows from what they hold. */
async function manifestsOf(
  client: RegistryClient,
  { repository, digest }: AttachedTo,
  envelopes: readonly EnvelopeName[],
  signal?: AbortSignal,
): Promise<Entry[]> {
  const subject = envelopes.length === 0 ? null : await headManifest(client, repository, digest, signal);
  if (subject === null) return [];
  return envelopes.map((one) => referrerManifest(subject, blobOf(one), PREDICATE_TYPES[one.kind]).entry);
}

function digestsOf(all: readonly { readonly digest: string }[]): ReadonlySet<string> {
  return new Set(all.map(({ digest }) => digest));
}

function distinct(all: readonly Entry[]): Entry[] {
  return [...new Map(all.map((one) => [one.digest, one])).values()];
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
