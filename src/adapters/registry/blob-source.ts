import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { blobPieces } from './blob-pieces.js';
import type { RegistryClient } from './client.js';
import type { Descriptor } from './manifest.js';

/**
 * The bytes of a blob from `begin` on in chunks of `chunkBytes`. A body that breaks off or falls silent is asked for again from where it broke, as
 * often as a request is repeated and as long as each time brings a chunk. A chunk holds its bytes until the next but one is asked for.
 */
export async function* chunksOf(
  client: RegistryClient,
  from: Repository,
  blob: Descriptor,
  begin: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let given = begin;
  if (begin > 0 && begin === blob.size) return;
  for (let attempt = 1; ; attempt++) {
    const before = given;
    try {
      for await (const chunk of chunksFrom(client, from, blob, given, signal)) {
        given += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      const isBroken = error instanceof KilnError && error.code === 'registry_unreachable';
      if (given > before) attempt = 1;
      if (!isBroken || attempt >= client.limits.attempts) throw error;
      await client.wait({ repository: from, signal }, attempt, error.message, null);
    }
  }
}

async function* chunksFrom(
  client: RegistryClient,
  from: Repository,
  blob: Descriptor,
  offset: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const chunkBytes = Math.min(client.limits.chunkBytes, Math.max(1, blob.size - offset));
  let [chunk, other] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let size = 0;
  for await (const piece of blobPieces(client, from, blob.digest, offset, signal)) {
    let rest = piece;
    while (rest.byteLength > 0) {
      const part = rest.subarray(0, chunk.length - size);
      chunk.set(part, size);
      size += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (size < chunk.length) continue;
      yield chunk;
      [chunk, other] = [other, chunk];
      size = 0;
    }
  }
  if (size > 0) yield chunk.subarray(0, size);
}
