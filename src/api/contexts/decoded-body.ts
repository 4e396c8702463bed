import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Request } from 'express';
import { KilnError } from '../../domain/errors.js';

/** The bytes of a body, uncompressed. The request stays open after a failure: it still has to be answered. */
export function decodedBody(request: Request): AsyncIterable<Uint8Array> {
  const raw = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  const encoding = request.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') return raw;
  if (encoding === 'gzip') return gunzip(raw);
  throw new KilnError('invalid_request', {
    fields: [{ field: 'content-encoding', message: 'expected gzip, or none' }],
  });
}

async function* gunzip(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const feeding = pipeline(async function* () {
    yield* raw;
  }, gunzip);
  feeding.catch(() => undefined);
  try {
    for await (const part of gunzip) yield part as Uint8Array;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!/^Z_/.test(code)) throw error;
    throw new KilnError('invalid_request', {
      fields: [{ field: 'content-encoding', message: 'the body is no gzip' }],
    });
  } finally {
    gunzip.destroy();
  }
}
