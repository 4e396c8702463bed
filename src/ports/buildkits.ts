import type { BuildkitUser } from '../domain/builds/buildkit-key.js';

/** The BuildKits of a host: one for all builds that may share a cache (`buildkitKey`). */
export interface Buildkits {
  /**
   * The address, as buildctl takes it, of the one that works for this user; it is started when it does not run, and not stopped while a
   * build is connected. Raises `builder_unavailable`, and `builder_not_shared` where it works for somebody else.
   */
  open(user: BuildkitUser, signal: AbortSignal): Promise<string>;
  /** Has them drop of their caches what was used longest ago, until so much is free on their disk. */
  clearCaches(wantedFreeBytes: number, signal: AbortSignal): Promise<void>;
}
