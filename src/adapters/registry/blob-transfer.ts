import { createHash } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard, pieces } from './bodies.js';
import { stopped, type RegistryClient } from './client.js';
import type { Descriptor } from './manifest.js';
import { expectDigest } from './read.js';
import { unreachable } from './trouble.js';

export type BlobOutcome = 'existing' | 'mounted' | 'uploaded';

const ATTEMPTS = 3;

/** Brings one blob into `to`: it is there, or is mounted, or is streamed over in pieces. */
export async function transferBlob(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  blob: Descriptor,
  signal?: AbortSignal,
): Promise<BlobOutcome> {
  if (await hasBlob(client, to, blob.digest, signal)) return 'existing';
  const upload = await openUpload(client, from, to, blob, signal);
  if (upload === 'mounted') return 'mounted';
  for (let attempt = 1, address = upload; ; attempt++) {
    try {
      await stream(client, from, to, blob, address, signal);
      return 'uploaded';
    } catch (error) {
      const isBroken = error instanceof KilnError && error.code === 'registry_unreachable';
      if (!isBroken || attempt >= ATTEMPTS) throw error;
      const again = await openUpload(client, from, to, blob, signal);
      if (again === 'mounted') return 'mounted';
      address = again;
    }
  }
}

async function hasBlob(
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

/** Asks for a mount where both repositories are on one registry; the answer is `mounted` or the address of an upload. */
async function openUpload(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  blob: Descriptor,
  signal?: AbortSignal,
): Promise<'mounted' | URL> {
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
  return response.status === 201 ? 'mounted' : nextAddress(client.address(request), response, to);
}

async function stream(
  client: RegistryClient,
  from: Repository,
  to: Repository,
  blob: Descriptor,
  upload: URL,
  signal?: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  let address = upload;
  let sent = 0;
  for await (const chunk of chunksOf(client, from, blob, signal)) {
    hash.update(chunk);
    const response = await client.send({
      method: 'PATCH',
      repository: to,
      target: address,
      actions: 'pull,push',
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `${sent}-${sent + chunk.length - 1}`,
      },
      body: chunk,
      expect: [202],
      doing: `a piece of an upload to ${to}`,
      signal,
    });
    await discard(response);
    address = nextAddress(address, response, to);
    sent += chunk.length;
  }
  expectDigest(`sha256:${hash.digest('hex')}`, blob.digest, from);
  address.searchParams.set('digest', blob.digest);
  const response = await client.send({
    method: 'PUT',
    repository: to,
    target: address,
    actions: 'pull,push',
    headers: { 'content-length': '0' },
    expect: [201],
    doing: `the end of an upload to ${to}`,
    signal,
  });
  await discard(response);
}

/** The blob in pieces of `chunkBytes`; never more than two of them are held. */
async function* chunksOf(
  client: RegistryClient,
  from: Repository,
  blob: Descriptor,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const doing = `the blob ${blob.digest} of ${from}`;
  const idle = new AbortController();
  const limit = signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]);
  const response = await client.send({
    method: 'GET',
    repository: from,
    target: `blobs/${blob.digest}`,
    actions: 'pull',
    expect: [200],
    doing,
    signal: limit,
  });
  let timer: NodeJS.Timeout | undefined;
  let held: Uint8Array[] = [];
  let size = 0;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), client.limits.idleTimeoutMs);
  };
  try {
    watch();
    for await (const piece of pieces(response)) {
      clearTimeout(timer);
      held.push(piece);
      size += piece.byteLength;
      if (size >= client.limits.chunkBytes) {
        yield Buffer.concat(held);
        held = [];
        size = 0;
      }
      watch();
    }
    clearTimeout(timer);
    if (size > 0) yield Buffer.concat(held);
  } catch (error) {
    if (error instanceof KilnError) throw error;
    throw signal?.aborted === true ? stopped(error) : unreachable(client.locate(from).host, doing, error);
  } finally {
    clearTimeout(timer);
  }
}

function nextAddress(current: URL, response: Response, to: Repository): URL {
  const location = response.headers.get('location');
  if (location !== null && URL.canParse(location, current.href)) return new URL(location, current);
  throw new KilnError('registry_failed', { message: `The registry gave no address for an upload to ${to}.` });
}
