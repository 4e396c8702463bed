/** Limits of the conversation with a registry. Tests shorten them. */
export interface RegistryLimits {
  /** From the request to the headers of the answer. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of a body. */
  readonly idleTimeoutMs: number;
  /** Attempts of one request in all; only connection errors, 408, 429 and 5xx are repeated. */
  readonly attempts: number;
  /** First pause between attempts; it doubles, and half of it is left to chance. */
  readonly pauseMs: number;
  /** The longest pause that Kiln chooses itself. */
  readonly maxPauseMs: number;
  /** The longest pause that a registry gets by asking for it with Retry-After. */
  readonly maxAskedPauseMs: number;
  /** A body that is sent more slowly counts as hanging: it adds to the time until an answer is due. */
  readonly slowestBytesPerS: number;
  /** One piece of an upload, and the most that a blob transfer holds in memory. */
  readonly chunkBytes: number;
  readonly maxManifestBytes: number;
  readonly maxConfigBytes: number;
  readonly parallelBlobs: number;
  readonly tagsPerPage: number;
}

export const REGISTRY_LIMITS: RegistryLimits = {
  answerTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  attempts: 4,
  pauseMs: 250,
  maxPauseMs: 10_000,
  maxAskedPauseMs: 60_000,
  slowestBytesPerS: 128 * 1024,
  chunkBytes: 8 * 1024 * 1024,
  maxManifestBytes: 4 * 1024 * 1024,
  maxConfigBytes: 8 * 1024 * 1024,
  parallelBlobs: 3,
  tagsPerPage: 1_000,
};
