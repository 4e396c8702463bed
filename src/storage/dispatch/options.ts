import type { EndedBuild } from '../../domain/builds/pipeline-run.js';

/** A grant: how long the build has waited, and how much later it starts than was expected (null where nothing was). */
export interface QueueStart {
  readonly waitedMs: number;
  readonly errorMs: number | null;
}

/** How long leases and workers are believed. Milliseconds. */
export interface DispatchOptions {
  /** An active lease that is not renewed for this long is lost. */
  readonly leaseTtlMs: number;
  /** A granted lease must be acknowledged within this time. */
  readonly ackTtlMs: number;
  /** A worker without a heartbeat for this long gets nothing and counts as offline. */
  readonly workerSilenceMs: number;
  /** Rings at once for builds that were just granted leases; without it, and where it is lost, the outbox does. */
  readonly ring?: (buildIds: readonly string[]) => void;
  /** Told of each grant. */
  readonly onStart?: (start: QueueStart) => void;
  /** Told of each build that its last lost host has ended, after the commit. */
  readonly onEnd?: (ended: EndedBuild) => void;
  /** How long a worker that loses one build after the other gets none; 0 for not at all. */
  readonly quarantineMs: number;
}

/** Options with a list for the builds that a transaction grants leases to, for who rings after its commit. */
export type GrantOptions = DispatchOptions & { readonly granted?: string[] };

export const DISPATCH_DEFAULTS: DispatchOptions = {
  leaseTtlMs: 10_000,
  ackTtlMs: 10_000,
  workerSilenceMs: 30_000,
  quarantineMs: 300_000,
};

/** A gap between beats longer than this means that the control plane was down. */
export const BEAT_GAP_MS = 5_000;
