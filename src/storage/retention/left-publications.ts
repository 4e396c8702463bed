import { sql } from 'kysely';
import { isTerminal } from '../../domain/builds/status.js';
import { timeLimit } from '../../domain/time-limit.js';
import type { LeftPublications, TidyingRegistry } from '../../ports/left-publications.js';
import type { Database, Tx } from '../database.js';
import { stagedImage } from '../dispatch/staged-image.js';
import { lockRepository } from '../locks.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { whatUses } from './remove-images.js';

/** Publications into the repository wait for so long at most. */
const TIME_MS = 10_000;
const LOCK_TIMEOUT = '2s';

/** Tidies up after publications. Needs the role kiln_controller. */
export function createLeftPublications(db: Database): LeftPublications {
  return {
    async tidyUp(buildId, registryFor, signal) {
      const removed: string[] = [];
      for (const left of await whatIsLeft(db, buildId)) {
        const registry = registryFor({ tenantId: left.tenant_id, projectId: left.project_id });
        if (left.open_uploads.length > 0) {
          await registry.endUploads(left.repository, left.open_uploads, timeLimit(TIME_MS, signal));
          await forgetUploads(db, left);
        }
        if (left.began_at === null || left.was_there) continue;
        removed.push(...(await removeManifests(db, registry, left, signal)));
      }
      return removed;
    },
  };
}

type Left = Awaited<ReturnType<typeof whatIsLeft>>[number];

/** Nothing before the end of the build, and nothing after a success. */
async function whatIsLeft(db: Database, buildId: string) {
  return transact(db, async (tx) => {
    const rows = await tx
      .selectFrom('publications as p')
      .innerJoin('builds as b', 'b.id', 'p.build_id')
      .select(['p.build_id', 'p.tenant_id', 'p.repository', 'p.manifest_digest', 'p.open_uploads'])
      .select(['p.began_at', 'p.was_there', 'b.project_id', 'b.status'])
      .where('p.build_id', '=', buildId)
      .orderBy('p.repository')
      .execute();
    return rows.filter(({ status }) => isTerminal(status) && status !== 'success');
  });
}

async function forgetUploads(db: Database, { build_id, repository }: Left): Promise<void> {
  await transact(db, (tx) =>
    tx
      .updateTable('publications')
      .set({ open_uploads: '[]' })
      .where('build_id', '=', build_id)
      .where('repository', '=', repository)
      .execute(),
  );
}

/**
 * Under the lock of the repository, which no tag comes into meanwhile. Who publishes the same digest at this moment finds it gone before its tag
 * moves, and copies it again.
 */
async function removeManifests(
  db: Database,
  registry: TidyingRegistry,
  left: Left,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const { repository, manifest_digest: digest } = left;
  return transact(db, async (tx) => {
    await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${String(TIME_MS + 5_000)}, true)`.execute(tx);
    await lockRepository(tx, repository);
    const limit = timeLimit(TIME_MS, signal);
    const tagged = await registry.tagged(repository, limit);
    const removed: string[] = [];
    if (await isPublishedByOthers(tx, left)) return removed;
    // The index before its images, which it names: where it stays, they stay.
    for (const one of [digest, ...(await childrenOf(tx, left))]) {
      if (one !== digest && removed.length === 0) break;
      if ((await whatUses(tx, repository, one, tagged, null)) !== null) continue;
      await registry.remove(repository, one, limit);
      removed.push(`${repository}@${one}`);
    }
    if (removed.length > 0)
      await tx
        .updateTable('publications')
        .set({ removed_at: await databaseNow(tx) })
        .where('build_id', '=', left.build_id)
        .where('repository', '=', repository)
        .execute();
    return removed;
  });
}

/** The images of the platforms, where the publication was of an index. */
async function childrenOf(tx: Tx, left: Left): Promise<string[]> {
  const staged = await stagedImage(tx, left.build_id);
  if (staged === null || staged.image.manifestDigest !== left.manifest_digest) return [];
  return (staged.image.platformImages ?? []).map(({ manifestDigest }) => manifestDigest);
}

/** By a build that is not over, or that has succeeded. */
async function isPublishedByOthers(tx: Tx, left: Left): Promise<boolean> {
  const other = await tx
    .selectFrom('publications as p')
    .innerJoin('builds as b', 'b.id', 'p.build_id')
    .select('p.build_id')
    .where('p.repository', '=', left.repository)
    .where('p.build_id', '<>', left.build_id)
    .where('p.manifest_digest', '=', left.manifest_digest)
    .where('b.status', 'not in', ['failed', 'cancelled'])
    .limit(1)
    .executeTakeFirst();
  return other !== undefined;
}
