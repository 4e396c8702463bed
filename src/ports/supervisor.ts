import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { OpenUpload, PublicationReport } from '../domain/builds/publication.js';
import type { RegistryCredential } from './secrets.js';

/** What the worker process learns of a run. The whole outcome is in PostgreSQL; this is the doorbell's text. */
export interface RunReport {
  readonly result: 'succeeded' | 'failed' | 'cancelled' | 'lost';
  readonly manifestDigest: string | null;
}

/** Where a publication copies from and to. */
export interface PublishSpec {
  readonly from: string;
  readonly to: readonly string[];
  /** Credentials for the registries of both, fetched at this moment. They stay in memory; asking again gives those of that moment. */
  readonly registries: readonly RegistryCredential[];
}

/**
 * The resident supervisor of this host, as the worker process sees it (HTTP over a unix socket). Every call may be repeated. What a call
 * has begun for its caller alone ends with the signal.
 */
export interface Supervisor {
  /** Starts the run of (build, attempt) or attaches to it; resolves when it has ended and its log is stored whole. */
  run(lease: LeaseRef, signal: AbortSignal): Promise<RunReport>;
  /** Ends the run: its process group is gone when this resolves. Whether a person asked for it, the supervisor asks the api. */
  stop(lease: LeaseRef): Promise<void>;
  /** Acknowledges the lease if that has not happened yet and says what to copy. */
  publishSpec(lease: LeaseRef, signal: AbortSignal): Promise<PublishSpec>;
  /**
   * Has the api keep how far a copy is; resolves when it has, with the uploads that are under way as they are kept. Raises cancelled where
   * the report begins the publication of a build that is to be cancelled.
   */
  putPublication(
    lease: LeaseRef,
    report: PublicationReport,
    signal: AbortSignal,
  ): Promise<readonly OpenUpload[]>;
}
