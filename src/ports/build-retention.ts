import type { BuildPrune, BuildPrunePreview } from '../contracts/build-retention.js';
import type { BuildRetention, BuildRetentionChange } from '../domain/retention/build-retention.js';
import type { TenantContext } from './stores.js';

/** The controller's side of the retention of builds. */
export interface BuildPruner {
  /** Opens a prune for each project with a rule for builds that has none open, and gives the ids of all that are open. */
  openAll(): Promise<string[]>;
  /**
   * Leaves only the record of some of the builds that the rules of the prune's project let go, batch by batch, and writes down how many.
   * Repeating goes on where it stopped. True when nothing is left to do.
   */
  pruneSome(pruneId: string, signal?: AbortSignal): Promise<boolean>;
  /** Prunes that were asked for more than `olderThanMs` ago and are not over. */
  overdue(olderThanMs: number): Promise<string[]>;
  /**
   * Lets the logs of one day go, by the rules of each project: dropped as a whole where no project keeps its own, else by key, batch by batch.
   * True when nothing is left to do, or nothing can be done now: what is held up is looked at again by the next round.
   */
  removeSomeLogs(signal?: AbortSignal): Promise<boolean>;
}

/** The rules as a project or a tenant has set them, and what holds. */
export interface BuildRetentionLayers {
  readonly set_here: BuildRetention;
  readonly effective: BuildRetention;
}

/** The api's side of the retention of builds. */
export interface BuildRetentionStore {
  /** Of a project; of the tenant for null. */
  read(tenant: TenantContext, projectId: string | null): Promise<BuildRetentionLayers>;
  change(
    tenant: TenantContext,
    projectId: string | null,
    change: BuildRetentionChange,
  ): Promise<BuildRetentionLayers>;
  /** What a prune would do now; conflict for a project without a rule. */
  preview(tenant: TenantContext, projectId: string): Promise<Omit<BuildPrunePreview, 'project'>>;
  /** Asks for a prune; one that is open is given instead. conflict for a project without a rule. */
  request(tenant: TenantContext, projectId: string): Promise<BuildPrune>;
  get(tenant: TenantContext, pruneId: string): Promise<BuildPrune>;
}
