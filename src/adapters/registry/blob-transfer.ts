import { createHash } from 'node:crypto';
import type { Repository } from '../../ports/image-registry.js';
import { chunksOf } from './blob-source.js';
import { BlobUpload, nextAddress, UploadLost } from './blob-upload.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import type { Descriptor } from './manifest.js';
import { expectDigest } from './read.js';

export type BlobOutcome = 'existing' | 'mounted' | 'uploaded';

/** How often an upload that the registry has forgotten is begun. */
const UPLOADS = 3;

/** What a transfer is told about, besides where it goes. */
export interface TransferOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes that went out, of each piece. */
  readonly onSent: (bytes: number) => void;
}

/** Brings one blob into `to`: it is there, or is mounted, or is streamed over in pieces. */
export async function transferBlob(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  blob: Descriptor,
  options: TransferOptions,
): Promise<BlobOutcome> {
  const { signal } = options;
  if (await hasBlob(client, to, blob.digest, signal)) return 'existing';
  for (let begun = 1; ; begun++) {
    const upload = await openUpload(client, from, to, blob, signal);
    if (upload === 'mounted') return 'mounted';
    try {
      await stream(client, from, blob, upload, options);
      return 'uploaded';
    } catch (error) {
      if (!(error instanceof UploadLost)) throw error;
      if (begun >= UPLOADS) throw client.forgotten(to);
      await client.wait({ repository: to, signal }, begun, 'It has forgotten an upload.', null);
    }
  }
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

/** Asks for a mount where both repositories are on one registry; the answer is `mounted` or an upload. */
async function openUpload(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  blob: Descriptor,
  signal?: AbortSignal,
): Promise<'mounted' | BlobUpload> {
  const source = client.locate(from);
  const isSameRegistry = source.host === client.locate(to).host;
  const query = isSameRegistry ? `?mount=${blob.digest}&from=${encodeURIComponent(source.path)}` : '';
  const request = { repository: to, target: `blobs/uploads/${query}` };
  const response = await client.send({
    ...request,
    method: 'POST',
    actions: 'pull,push',
    ...(isSameRegistry ? { alsoPull: source.path } : {}),
    headers: { 'content-length': '0' },
    expect: [201, 202],
    doing: `an upload to ${to}`,
    signal,
  });
  await discard(response);
  if (response.status === 201) return 'mounted';
  return new BlobUpload(client, to, nextAddress(client.address(request), response, to), signal);
}

/** Reads a chunk while the one before is sent. The bytes are held against the digest before the upload is ended. */
async function stream(
  client: RegistryClient,
  from: Repository,
  blob: Descriptor,
  upload: BlobUpload,
  { signal, onSent }: TransferOptions,
): Promise<void> {
  const hash = createHash('sha256');
  let sending = Promise.resolve();
  try {
    for await (const chunk of chunksOf(client, from, blob, signal)) {
      hash.update(chunk);
      await sending;
      sending = upload.send(chunk).then(() => onSent(chunk.length));
      // It is awaited before the next is sent; until then nobody else hears of its failure.
      sending.catch(() => undefined);
    }
  } finally {
    await sending;
  }
  expectDigest(`sha256:${hash.digest('hex')}`, blob.digest, from);
  await upload.finish(blob.digest);
}
