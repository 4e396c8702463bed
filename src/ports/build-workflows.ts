import type { GateDecision } from '../domain/gates/gate-status.js';
import type { ExploreInput } from '../../workflows/contract.js';
import type { BuildStart } from './dispatch.js';

/** Starts and wakes build workflows. Every call may be repeated; a workflow that has ended is not an error. */
export interface BuildWorkflows {
  /** Starts a build's workflow; that of a retry is started through the workflow of its chain. */
  start(build: BuildStart): Promise<void>;
  signalCancel(buildId: string): Promise<void>;
  signalLeaseGranted(buildId: string): Promise<void>;
  signalDecision(buildId: string, decision: GateDecision): Promise<void>;
  /** Starts looking into the layers of an image, once for each digest of a tenant, and again after it could not be fetched. */
  explore(image: ExploreInput): Promise<void>;
  /** Starts signing what a build has made; where that goes on already nothing happens. */
  attest(buildId: string): Promise<void>;
  /** Whether the build's workflow runs, has ended, or was never started (or is past its retention). */
  state(buildId: string): Promise<'open' | 'closed' | 'missing'>;
  /**
   * Builds whose workflows run and were started so long ago. Told by what Temporal lists, which may lag behind by seconds: who acts on a
   * build asks `state` or lets the workflow ask its row.
   */
  openBuilds(olderThanMs: number): Promise<ReadonlySet<string>>;
  /** Ends a workflow that has no build; `reason` stands in its history. */
  terminate(buildId: string, reason: string): Promise<void>;
  /** Raises `unavailable` when Temporal does not answer. */
  ping(): Promise<void>;
}
