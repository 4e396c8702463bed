import type { Readable } from 'node:stream';

/** Content-addressed bytes (SHA-256, lower-case hex). */
export interface BlobStore {
  /**
   * Stores the stream under its digest with flat memory. payload_too_large past `maxBytes`, digest_mismatch when the bytes differ
   * from `sha256`; nothing is kept then. Repeating is harmless.
   */
  put(sha256: string, bytes: Readable, maxBytes: number): Promise<{ sizeBytes: number }>;
  /** not_found when absent. */
  open(sha256: string): Promise<{ stream: Readable; sizeBytes: number }>;
  /** A local path where the store has one, for reading an archive at random. */
  path(sha256: string): string;
}
