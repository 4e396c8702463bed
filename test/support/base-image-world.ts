import { rebuildOnBase } from '../../src/acceptance/rebuild-on-base.js';
import type { DueRebuild, ImageMoves } from '../../src/ports/base-images.js';
import type { AcceptBuild } from '../../src/ports/records.js';
import { createBaseImageStore } from '../../src/storage/base-images/base-image-store.js';
import { createImageMoves } from '../../src/storage/base-images/image-moves.js';
import { createImageRounds } from '../../src/storage/base-images/image-rounds.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { acceptanceOn } from './acceptance.js';
import {
  aBuild,
  aDigest,
  aFailure,
  anImage,
  anOutcome,
  aProject,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from './builds.js';
import { type FreshDatabase, freshDatabase } from './database.js';

export const X = 'r.test/base/x:1';
export const Y = 'r.test/base/y:1';
export const [A, B, C] = [aDigest('a'), aDigest('b'), aDigest('c')];

/** Images by their names; `pinned` are those that the source names by digest. */
type Used = Readonly<Record<string, string | { pinned: string }>>;

/** Watched projects, their builds and what registries say, over a real database; each tenant has its own. */
export async function aBaseImageWorld() {
  const db = await freshDatabase();
  const acting = openDatabase({ url: db.urls.controller, role: 'kiln_api' });
  const close = async (): Promise<void> => {
    await acting.destroy();
    await db.close();
  };
  return { db, acting, close, aWatchingTenant: () => aWatchingTenant({ db, acting }) };
}

async function aWatchingTenant({ db, acting }: { db: FreshDatabase; acting: Database }) {
  const tenant = await aTenant(db);
  const { workerId } = await aWorker(db, { tenantId: tenant.tenantId, slots: 20 });
  const store = createBaseImageStore(db.api);
  const rounds = createImageRounds(db.controller);
  /** Those of other tenants are left where they are. */
  const moves: ImageMoves = {
    ...createImageMoves(db.controller),
    advance: async (maxFailures) =>
      (await createImageMoves(db.controller).advance(maxFailures)).filter(
        ({ tenantId }) => tenantId === tenant.tenantId,
      ),
  };
  const shown = () => store.moves(tenant, 100);
  const accept = async (due: DueRebuild): Promise<string> =>
    (await rebuildOnBase(acceptanceOn(acting), due)).build.id;

  /** Runs a build to its end on these images, or lets it fail. */
  async function end(buildId: string, used: Used | null): Promise<void> {
    const answer = await createDispatcher(db.controller).requestLease(buildId);
    if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
    const { holder } = await takeUp(db, workerId, answer.lease);
    const recorder = createRecorder(db.controller);
    if (used === null) {
      await finish(db, holder, aFailure());
      await recorder.record(buildId, answer.lease, { kind: 'run_failed' });
    } else {
      const images = Object.entries(used).map(([reference, digest]) => ({
        reference,
        ...(typeof digest === 'string' ? { digest } : { digest: digest.pinned, isPinned: true as const }),
      }));
      const image = { ...anImage(buildId), baseImage: null };
      await finish(db, holder, anOutcome({ image, materials: { images, files: [] } }));
      await recorder.moveTags(answer.lease, async () => undefined);
      await recorder.record(buildId, answer.lease, { kind: 'published' });
    }
    await createDispatcher(db.controller).release(answer.lease);
  }

  return {
    ...{ tenant, store, rounds, moves, shown, accept, end },
    builds: createBuildStore(db.api),
    advance: (maxFailures = 3) => moves.advance(maxFailures),
    states: async () =>
      (await shown()).map(({ status, projects }) => [status, ...projects.map(({ state }) => state)]),

    /** A watched project whose newest success was made from these images. */
    async watched(
      used: Used,
      over: { canary?: boolean; branch?: string | null; build?: Partial<AcceptBuild> } = {},
    ) {
      const project = await aProject(db, tenant);
      const baseImageWatch = { canary: over.canary ?? false, branch: over.branch ?? null };
      await createProjectStore(db.api).update(tenant, project.id, { baseImageWatch } as never);
      const build = await aBuild(db, tenant, project.id, {
        settingLayers: { request: { dockerfile_inline: 'FROM scratch' } },
        ...over.build,
      });
      await end(build.id, used);
      return project;
    },

    /** The registry says so in one round; gives how many moves follow. */
    async seen(digests: Readonly<Record<string, string>>): Promise<number> {
      const [round] = await rounds.begin(tenant.tenantId);
      if (round === undefined) return 0;
      const images = round.images.map(({ reference }) => ({ reference, digest: digests[reference] ?? A }));
      return (await rounds.record(round, images)).moves;
    },

    async start(due: DueRebuild): Promise<string> {
      const buildId = await accept(due);
      await moves.started(due.batchId, buildId);
      return buildId;
    },
  };
}
