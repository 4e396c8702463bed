import type { Prune, PrunePreview } from '../contracts/retention.js';
import type { LayerOfImage } from '../domain/retention/freed-bytes.js';
import type { Owner } from './dispatch.js';
import type { ImageRegistry } from './image-registry.js';
import type { TenantContext } from './stores.js';

/** What is asked of the registries of a project while images are removed. */
export type PruningRegistry = Pick<ImageRegistry, 'tagged' | 'remove'>;

/** The controller's side of retention. */
export interface Pruner {
  /** Opens a prune for each project with a policy that has none open, and gives the ids of all that are open. */
  openAll(): Promise<string[]>;
  /**
   * Removes some of what the policy of the prune's project lets go, from one repository, and writes down what became of it. Repeating goes
   * on where it stopped; an image that is published meanwhile stays. True when nothing is left to do.
   */
  pruneSome(
    pruneId: string,
    registryFor: (owner: Owner) => PruningRegistry,
    signal?: AbortSignal,
  ): Promise<boolean>;
  /** Prunes that were asked for more than `olderThanMs` ago and are not over. */
  overdue(olderThanMs: number): Promise<string[]>;
}

/** What a prune would do as far as the rows show. */
export interface PrunePlan extends Pick<PrunePreview, 'retention' | 'stays'> {
  readonly goes: readonly Omit<PrunePreview['goes'][number], 'absent_from' | 'in_use_in'>[];
}

/** The api's side of retention. */
export interface PruneStore {
  /** What a prune would do now; conflict for a project without a policy. */
  preview(tenant: TenantContext, projectId: string): Promise<PrunePlan>;
  /** The layers of images of the tenant. */
  layers(tenant: TenantContext, imageIds: readonly string[]): Promise<LayerOfImage[]>;
  /** Asks for a prune; one that is open is given instead. conflict for a project without a policy. */
  request(tenant: TenantContext, projectId: string): Promise<Prune>;
  get(tenant: TenantContext, pruneId: string): Promise<Prune>;
}

/** Starts the workflows of prunes. */
export interface PruneWorkflows {
  /** A prune whose workflow runs is left alone; one whose workflow is gone gets another. */
  start(pruneId: string): Promise<void>;
}
