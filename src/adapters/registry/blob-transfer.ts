import { createHash } from 'node:crypto';
import { awaitedLater } from '../../domain/awaited-later.js';
import type { OpenUpload } from '../../domain/builds/publication.js';
import type { Repository, UploadMemory } from '../../ports/image-registry.js';
import { chunksOf } from './blob-source.js';
import { BlobUpload, nextAddress, UploadLost } from './blob-upload.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import type { Descriptor } from './manifest.js';
import { expectDigest } from './read.js';
import { keptAddress, resumeUpload } from './kept-uploads.js';

/** `counted`: an earlier copy has uploaded it, and has said so. */
export type BlobOutcome = 'existing' | 'mounted' | 'uploaded' | 'counted';

/** How often an upload that the registry has forgotten is begun. */
const UPLOADS = 3;

/** Where blobs come from and go to. */
export interface Way {
  readonly from: Repository;
  readonly to: Repository;
  /** Other repositories that have them, which they may be mounted from. */
  readonly alsoAt: readonly Repository[];
  readonly uploads: UploadMemory | undefined;
}

/** What a transfer is told about, besides where it goes. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that went out, of each piece. */
  readonly onSent: (bytes: number) => void;
}

/** Brings one blob into `to`: it is there, or is mounted, or is streamed over in pieces. */
export async function transferBlob(
  client: RegistryClient,
  way: Way,
  blob: Descriptor,
  options: TransferOptions,
): Promise<BlobOutcome> {
  const { to, uploads } = way;
  const { signal } = options;
  const known = uploads?.find(blob.digest);
  if (await hasBlob(client, to, blob.digest, signal)) return arrivedBefore(known, blob, way, options);
  const resumed = await resumeUpload(client, to, blob.size, known, signal);
  for (let begun = resumed === null ? 1 : 0; ; begun++) {
    const upload = begun === 0 && resumed !== null ? resumed : await openUpload(client, way, blob, signal);
    if (upload === 'mounted') return 'mounted';
    try {
      await stream(
        client,
        way,
        { blob, countedBytes: begun === 0 ? (known?.sentBytes ?? 0) : 0 },
        upload,
        options,
      );
      return 'uploaded';
    } catch (error) {
      if (!(error instanceof UploadLost)) throw error;
      uploads?.forget(blob.digest);
      if (begun >= UPLOADS) throw client.forgotten(to);
      if (begun > 0)
        await client.wait({ repository: to, signal }, begun, 'It has forgotten an upload.', null);
    }
  }
}

/** What became of a blob that is there: an earlier copy that was cut off may have sent it, and have told of a part alone. */
function arrivedBefore(
  known: OpenUpload | undefined,
  blob: Descriptor,
  { uploads }: Way,
  { onSent }: TransferOptions,
): BlobOutcome {
  if (known === undefined) return 'existing';
  if (known.address === null) return 'counted';
  uploads?.keep({ ...known, sentBytes: blob.size });
  onSent(Math.max(0, blob.size - known.sentBytes));
  return 'uploaded';
}

/** Whether a repository holds a blob. */
export async function hasBlob(
  client: RegistryClient,
  repository: Repository,
  digest: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const response = await client.send({
    method: 'HEAD',
    repository,
    target: `blobs/${digest}`,
    actions: 'pull,push',
    expect: [200, 404],
    doing: `the blob ${digest} of ${repository}`,
    signal,
  });
  return response.status === 200;
}

/** Asks for a mount where a repository of the same registry has the blob; the answer is `mounted` or an upload. */
async function openUpload(
  client: RegistryClient,
  { from, to, alsoAt }: Way,
  blob: Descriptor,
  signal?: AbortSignal,
): Promise<'mounted' | BlobUpload> {
  const { host } = client.locate(to);
  const source = [from, ...alsoAt].map((one) => client.locate(one)).find((one) => one.host === host);
  const query = source === undefined ? '' : `?mount=${blob.digest}&from=${encodeURIComponent(source.path)}`;
  const request = { repository: to, target: `blobs/uploads/${query}` };
  const response = await client.send({
    ...request,
    method: 'POST',
    actions: 'pull,push',
    ...(source === undefined ? {} : { alsoPull: source.path }),
    headers: { 'content-length': '0' },
    expect: [201, 202],
    doing: `an upload to ${to}`,
    signal,
  });
  await discard(response);
  if (response.status === 201) return 'mounted';
  return new BlobUpload(client, to, nextAddress(client.address(request), response, to), signal);
}

/**
 * Reads a chunk while the one before is sent, from where the upload stands. Bytes that all go out here are held against the digest before the
 * upload is ended; of one that was resumed the registry judges alone. `countedBytes` of it an earlier copy has told of.
 */
async function stream(
  client: RegistryClient,
  { from, to, uploads }: Way,
  { blob, countedBytes }: { readonly blob: Descriptor; readonly countedBytes: number },
  upload: BlobUpload,
  { signal, onSent }: TransferOptions,
): Promise<void> {
  const begin = upload.sentBytes;
  const keep = (): void => {
    const address = keptAddress(client, to, upload.address);
    if (address !== null) uploads?.keep({ digest: blob.digest, address, sentBytes: upload.sentBytes });
  };
  keep();
  if (begin > countedBytes) onSent(begin - countedBytes);
  const hash = begin === 0 ? createHash('sha256') : null;
  let sending = Promise.resolve();
  try {
    for await (const chunk of chunksOf(client, from, blob, begin, signal)) {
      hash?.update(chunk);
      await sending;
      sending = awaitedLater(
        upload.send(chunk).then(() => {
          keep();
          onSent(chunk.length);
        }),
      );
    }
  } finally {
    await sending;
  }
  if (hash !== null) expectDigest(`sha256:${hash.digest('hex')}`, blob.digest, from);
  await upload.finish(blob.digest);
}
