import { KilnError } from '../../domain/errors.js';

interface S3Error {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** No such object, or no longer the one that was asked for. A bucket that is missing is another matter. */
export function isMissing(error: unknown): boolean {
  const { name, $metadata } = (error ?? {}) as S3Error;
  if (name === 'NoSuchBucket') return false;
  return $metadata?.httpStatusCode === 404 || $metadata?.httpStatusCode === 412 || name === 'NoSuchKey';
}

/** What an S3 server, or the way to it, answered, for the log; `blob_store_unavailable`. Kiln's own errors as they are. */
export function asBlobError(error: unknown): KilnError {
  if (error instanceof KilnError) return error;
  const { name, message, $metadata } = (error ?? {}) as S3Error;
  const status = $metadata?.httpStatusCode;
  return new KilnError('blob_store_unavailable', {
    detail: [status, name, message].filter((part) => part !== undefined).join(' '),
    cause: error,
  });
}
