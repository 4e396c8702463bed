import { expect } from 'vitest';
import type { Prune } from '../../../src/contracts/retention.js';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import type { LeaseRef } from '../../../src/domain/dispatch/lease.js';
import type { RetentionChange } from '../../../src/domain/retention/retention-policy.js';
import type { AcceptBuild, Project } from '../../../src/ports/records.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { createPruneStore } from '../../../src/storage/retention/prune-store.js';
import { createPruner } from '../../../src/storage/retention/pruner.js';
import { aBuild, anImage, aProject, aTenant, aWorker } from '../../support/builds.js';
import { buildImage } from '../../support/built-build.js';
import type { FreshDatabase } from '../../support/database.js';
import { FakeRepositories } from './a-repository.js';

/** Git facts of a build of a branch. */
export const branch = (name: string) => ({ commit: null, branch: name, author: null, message: null });

/** A project with a worker of its own. */
export interface Pruned {
  readonly tenant: TenantContext;
  readonly worker: { readonly workerId: string };
  readonly project: Project;
}

/** A build whose image lies in staging: next it is published. */
export interface Staged {
  readonly buildId: string;
  readonly lease: LeaseRef;
  readonly image: InspectedImage;
  readonly destinations: readonly string[];
}

/** Publications and prunes against repositories in memory. */
export class PruningHouse {
  readonly registry = new FakeRepositories();

  constructor(private readonly db: FreshDatabase) {}

  /** A project that removes all but the newest image of each branch, unless said otherwise. */
  async aProject(retention: RetentionChange = { keep_newest: 1 }): Promise<Pruned> {
    const { db } = this;
    const tenant = await aTenant(db);
    const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 10 });
    const project = await aProject(db, tenant);
    await createProjectStore(db.api).update(tenant, project.id, {
      name: undefined,
      imageRepository: undefined,
      destinations: undefined,
      defaults: undefined,
      gate: undefined,
      retention,
    });
    return { tenant, worker, project };
  }

  async stage(pruned: Pruned, image: InspectedImage, over: Partial<AcceptBuild> = {}): Promise<Staged> {
    const { db } = this;
    const { tenant, worker, project } = pruned;
    const build = await aBuild(db, tenant, project.id, { git: branch('main'), ...over });
    const lease = await buildImage(db, build.id, worker, image);
    return { buildId: build.id, lease, image, destinations: build.destinations };
  }

  /** What the worker of a build does. */
  copy({ image, destinations }: Staged): void {
    const children = image.platformImages?.map(({ manifestDigest }) => manifestDigest) ?? [];
    for (const destination of destinations) {
      const repository = destination.slice(0, destination.lastIndexOf(':'));
      this.registry.copy(repository, image.manifestDigest, children);
    }
  }

  moveTags({ lease }: Staged): Promise<{ result: string }> {
    return createRecorder(this.db.controller).moveTags(lease, this.registry.tag);
  }

  async record({ buildId, lease }: Staged): Promise<void> {
    await createRecorder(this.db.controller).record(buildId, lease, { kind: 'published' });
    await createDispatcher(this.db.controller).release(lease);
  }

  /** A whole publication, of an image with that name or of the given one. */
  async publish(
    pruned: Pruned,
    image: string | InspectedImage,
    over: Partial<AcceptBuild> = {},
  ): Promise<Staged> {
    const made = await this.stage(pruned, typeof image === 'string' ? anImage(image) : image, over);
    this.copy(made);
    expect(await this.moveTags(made)).toEqual({ result: 'moved' });
    await this.record(made);
    return made;
  }

  /** A whole prune, as its workflow does it. */
  async prune({ tenant, project }: Pruned): Promise<Prune> {
    const store = createPruneStore(this.db.api);
    const { id } = await store.request(tenant, project.id);
    while (!(await createPruner(this.db.controller).pruneSome(id, () => this.registry.registry())));
    return store.get(tenant, id);
  }

  async isDeleted({ project }: Pruned, digest: string): Promise<boolean> {
    const { deleted_at } = await this.db.controller
      .selectFrom('images')
      .select('deleted_at')
      .where('project_id', '=', project.id)
      .where('manifest_digest', '=', digest)
      .executeTakeFirstOrThrow();
    return deleted_at !== null;
  }
}
