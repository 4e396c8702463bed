import type { BuildMethod } from '../domain/builds/method.js';
import type { OpenState } from '../domain/builds/pipeline-run.js';
import type { WorkerUse } from '../domain/dispatch/worker-use.js';

/** What the whole installation does at this moment, over all tenants. */
export interface ServiceLoad {
  /** Builds that have not ended; none is listed with 0. */
  readonly builds: readonly {
    readonly method: BuildMethod;
    readonly state: OpenState;
    readonly count: number;
  }[];
  /** How long the build that waits longest for a slot has waited; null when none waits. */
  readonly longestWaitMs: number | null;
  readonly workers: Readonly<Record<WorkerUse, number>>;
}

/** Reads it, at the cost of what is open, not of what there was. Needs the role kiln_controller. */
export interface ServiceLoadReader {
  read(): Promise<ServiceLoad>;
}
