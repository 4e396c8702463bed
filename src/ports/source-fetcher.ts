import type { GitSource } from '../contracts/builds.js';
import type { EffectiveLimits } from '../domain/limits/effective-limits.js';
import type { RecordedSource } from './dispatch.js';
import type { GitCredential } from './secrets.js';

export interface GitFetch {
  readonly source: GitSource;
  /** The commit that is recorded for the build; null lets the source's ref decide. */
  readonly commit: string | null;
  /** For the host of the source's URL and no other. It goes into files of the scratch folder (mode 0600) and nowhere else. */
  readonly credential: GitCredential | null;
  /** An empty folder that the files go into. */
  readonly contextFolder: string;
  /** A folder on the same file system, for the fetch alone; gone when it ends. */
  readonly scratchFolder: string;
  /** Ends the fetch and its processes. */
  readonly signal: AbortSignal;
  /** Of the repository and all its submodules together: bytes of the received packs, and again of the written files. */
  readonly limits: Pick<EffectiveLimits, 'context_max_bytes' | 'context_max_entries'>;
}

/**
 * Fetches a git repository at one commit. Raises git_not_found, git_ref_not_found, git_denied, git_host_key_unknown, git_unreachable,
 * git_failed, git_unsafe, host_not_allowed, source_too_large, invalid_request, context_invalid or path_escapes_context.
 */
export type FetchGit = (fetch: GitFetch) => Promise<RecordedSource>;
