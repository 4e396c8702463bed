import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { isDigest } from '../../domain/images/reference.js';
import { PAYLOAD_TYPE } from '../../domain/provenance/envelope.js';
import type { EnvelopeName } from '../../ports/attestations.js';
import type { ManifestHead } from '../../ports/image-registry.js';
import { type BlobName, nameBlob } from './push-blob.js';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';
export const SIGNATURE_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** The annotation in which cosign keeps a signature; of an envelope, which has its own, it is empty. */
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
/** Its envelopes, signatures and bills of materials. */
const OF_COSIGN =
  /^(?:application\/vnd\.(?:dsse\.|dev\.cosign)|application\/vnd\.cyclonedx|text\/spdx|spdx\+json)/;
export const EMPTY_CONFIG = Buffer.from('{}');

const entry = z.looseObject({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().min(0),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
const attachments = z.looseObject({ layers: z.array(entry) });
const referrers = z.looseObject({ manifests: z.array(entry) });

export type Entry = z.output<typeof entry>;

/** How registries call an envelope. */
export function blobOf({ sha256, sizeBytes }: EnvelopeName): BlobName {
  return { digest: `sha256:${sha256}`, size: sizeBytes };
}

/** The manifest of one statement beside an image: the same statement gives the same bytes. */
export function referrerManifest(
  subject: ManifestHead,
  envelope: BlobName,
  predicateType: string,
): { readonly bytes: Buffer; readonly entry: Entry } {
  const annotations = { 'in-toto.io/predicate-type': predicateType };
  const bytes = printed({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: PAYLOAD_TYPE,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...nameBlob(EMPTY_CONFIG) },
    layers: [envelopeLayer(envelope, predicateType)],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.sizeBytes },
    annotations,
  });
  const named = { mediaType: MANIFEST_TYPE, ...nameBlob(bytes) };
  return { bytes, entry: { ...named, artifactType: PAYLOAD_TYPE, annotations } };
}

export function envelopeLayer(envelope: BlobName, predicateType: string): Entry {
  return {
    mediaType: ENVELOPE_TYPE,
    ...envelope,
    annotations: { [SIGNATURE_ANNOTATION]: '', predicateType },
  };
}

export function signatureLayer(payload: BlobName, signature: string): Entry {
  return { mediaType: SIGNATURE_TYPE, ...payload, annotations: { [SIGNATURE_ANNOTATION]: signature } };
}

/** A manifest that cosign reads, with these layers and what it had before, but for those of the digests that go. cosign reads 1,000 at most. */
export function withLayers(
  before: Buffer | null,
  layers: readonly Entry[],
  gone: ReadonlySet<string> = new Set(),
): Buffer {
  const manifest =
    before === null
      ? {
          schemaVersion: 2,
          mediaType: MANIFEST_TYPE,
          config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...nameBlob(EMPTY_CONFIG) },
          layers: [],
        }
      : parsed(before, attachments);
  const kept = manifest.layers.filter(({ digest }) => !gone.has(digest));
  return printed({ ...manifest, layers: [...kept, ...layers] });
}

/** An index of referrers, with what it had before and this one. */
export function withReferrer(before: Buffer | null, added: Entry): Buffer {
  const index =
    before === null ? { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] } : parsed(before, referrers);
  return printed({ ...index, manifests: [...index.manifests, added] });
}

/** The same without these. */
export function withoutReferrers(before: Buffer, gone: ReadonlySet<string>): Buffer {
  const index = parsed(before, referrers);
  const manifests = index.manifests.filter(({ digest }) => !gone.has(digest));
  return manifests.length === index.manifests.length ? before : printed({ ...index, manifests });
}

/** Layers of a manifest of attachments; none of what is no such manifest. */
export function layersIn(bytes: Buffer | null): Entry[] {
  return bytes === null ? [] : (attachments.safeParse(json(bytes)).data?.layers ?? []);
}

/** Entries of an index of referrers; none of what is no index. */
export function referrersIn(bytes: Buffer | null): Entry[] {
  return bytes === null ? [] : (referrers.safeParse(json(bytes)).data?.manifests ?? []);
}

/** The image that a manifest refers to; null where it refers to none. */
export function subjectIn(bytes: Buffer): string | null {
  return z.looseObject({ subject: entry }).safeParse(json(bytes)).data?.subject.digest ?? null;
}

/** Whether a manifest lists referrers, or holds nothing but what cosign keeps beside images. */
export function isAttachment(bytes: Buffer): boolean {
  const entries = referrersIn(bytes);
  if (entries.length > 0) return entries.every(({ artifactType }) => artifactType !== undefined);
  const layers = layersIn(bytes);
  return layers.length > 0 && layers.every(({ mediaType }) => OF_COSIGN.test(mediaType));
}

/** What cannot be read is not written over: it is somebody else's. */
function parsed<T>(bytes: Buffer, schema: z.ZodType<T>): T {
  const { data } = schema.safeParse(json(bytes));
  if (data !== undefined) return data;
  throw new KilnError('registry_failed', {
    message: 'What lies beside the image in the registry is no list of attachments: remove its tag there.',
  });
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function printed(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
