import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard, pieces } from './bodies.js';
import { stopped, type RegistryClient } from './client.js';
import type { Descriptor } from './manifest.js';
import { unreachable } from './trouble.js';

/**
 * The bytes of a blob in chunks of `chunkBytes`. A body that breaks off or falls silent is asked for again from where it broke, as
 * often as a request is repeated and as long as each time brings a chunk.
 */
export async function* chunksOf(
  client: RegistryClient,
  from: Repository,
  blob: Descriptor,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  let given = 0;
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
  const doing = `the blob ${blob.digest} of ${from}`;
  const idle = new AbortController();
  const limit = signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]);
  const response = await client.send({
    method: 'GET',
    repository: from,
    target: `blobs/${blob.digest}`,
    actions: 'pull',
    ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
    expect: [200, 206],
    doing,
    signal: limit,
  });
  // A registry that knows no ranges begins at the beginning.
  let toSkip = response.status === 206 ? 0 : offset;
  let timer: NodeJS.Timeout | undefined;
  const { chunkBytes } = client.limits;
  let chunk = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(1, blob.size - offset)));
  let size = 0;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), client.limits.idleTimeoutMs);
  };
  try {
    watch();
    for await (const piece of pieces(response)) {
      clearTimeout(timer);
      let rest = piece.subarray(Math.min(toSkip, piece.byteLength));
      toSkip -= piece.byteLength - rest.byteLength;
      while (rest.byteLength > 0) {
        const part = rest.subarray(0, chunk.length - size);
        chunk.set(part, size);
        size += part.byteLength;
        rest = rest.subarray(part.byteLength);
        if (size < chunk.length) continue;
        yield chunk;
        chunk = Buffer.allocUnsafe(chunk.length);
        size = 0;
      }
      watch();
    }
    clearTimeout(timer);
    if (size > 0) yield chunk.subarray(0, size);
  } catch (error) {
    if (error instanceof KilnError) throw error;
    throw signal?.aborted === true ? stopped(error) : unreachable(client.locate(from).host, doing, error);
  } finally {
    clearTimeout(timer);
    await discard(response);
  }
}
