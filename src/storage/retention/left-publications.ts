import { sql } from 'kysely';
import { nextLookMs, nextTryMs } from '../../domain/builds/publication-looks.js';
import { isTerminal } from '../../domain/builds/status.js';
import { KilnError, toKilnError } from '../../domain/errors.js';
import { timeLimit } from '../../domain/time-limit.js';
import type { Owner } from '../../ports/dispatch.js';
import type { LeftPublications, TidyingRegistry } from '../../ports/left-publications.js';
import type { Database, Tx } from '../database.js';
import { stagedDigests } from '../dispatch/staged-image.js';
import { lockRepository } from '../locks.js';
import type { PublicationsTable } from '../schema/images.js';
import { storableText } from '../storable.js';
import { after, databaseNow, NOW } from '../times.js';
import { transact } from '../transact.js';
import { type Remove, withOpenRemovals } from './open-removals.js';
import { tagOf, whatUses } from './remove-images.js';

/** Publications into the repository wait for so long at most. */
const TIME_MS = 10_000;
const LOCK_TIMEOUT = '2s';

/** Tidies up after publications. Needs the role kiln_controller. */
export function createLeftPublications(db: Database): LeftPublications {
  return {
    async tidyUp(buildId, registryFor, signal) {
      const removed: string[] = [];
      const troubles: { repository: string; error: KilnError }[] = [];
      for (const left of await whatIsLeft(db, buildId)) {
        try {
          removed.push(...(await tidyRepository(db, left, registryFor, signal)));
        } catch (thrown) {
          if (signal?.aborted === true) throw thrown;
          const error = troubleOf(left, toKilnError(thrown));
          troubles.push({ repository: left.repository, error });
          await noteTrouble(db, left, error);
        }
      }
      return { removed, troubles };
    },
    due: (limit) =>
      transact(db, async (tx) => {
        const rows = await tx
          .selectFrom('publications')
          .select('build_id')
          .where('tidy_due_at', '<=', NOW)
          .groupBy('build_id')
          .orderBy((eb) => eb.fn.min('tidy_due_at'))
          .limit(limit)
          .execute();
        return rows.map((row) => row.build_id);
      }),
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
      .select(['p.began_at', 'p.was_there', 'b.project_id', 'b.status', 'b.completed_at'])
      .where('p.build_id', '=', buildId)
      .orderBy('p.repository')
      .execute();
    return rows.filter(({ status }) => isTerminal(status) && status !== 'success');
  });
}

async function tidyRepository(
  db: Database,
  left: Left,
  registryFor: (owner: Owner) => TidyingRegistry,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const registry = registryFor({ tenantId: left.tenant_id, projectId: left.project_id });
  if (left.open_uploads.length > 0)
    await registry.endUploads(left.repository, left.open_uploads, timeLimit(TIME_MS, signal));
  if (left.began_at !== null && !left.was_there) {
    // The index before its images, which it names: where it stays, they stay.
    const digests = await transact(db, (tx) => stagedDigests(tx, left.build_id, left.manifest_digest));
    return withOpenRemovals(db, left.repository, digests, (remove) =>
      removeManifests(db, { registry, remove, digests, left }, signal),
    );
  }
  await note(db, left, { tidy_due_at: null, tidy_trouble: null });
  return [];
}

/** What the record says is of this removal. */
function troubleOf({ repository, manifest_digest: digest }: Left, error: KilnError): KilnError {
  if (error.code === 'cancelled')
    return new KilnError('registry_unreachable', {
      message: `The registry of ${repository} did not answer in ${TIME_MS / 1000} s.`,
      cause: error,
    });
  if (error.code !== 'registry_keeps_images') return error;
  const { message } = error;
  const fix = `Allow it there (the registry of the CNCF: REGISTRY_STORAGE_DELETE_ENABLED=true), or remove ${repository}@${digest} by its own means.`;
  return new KilnError(error.code, { message, fix, cause: error });
}

async function noteTrouble(db: Database, left: Left, error: KilnError): Promise<void> {
  const at = await databaseNow(db);
  await note(db, left, {
    tidy_due_at: error.rule.retryable ? lookAt(left, at, nextTryMs) : null,
    tidy_trouble: storableText(`${error.message} ${error.fix}`),
  });
}

/** The time of a look that is planned by how long ago the build ended. */
function lookAt(
  { completed_at: endedAt }: Left,
  at: Date,
  next: (sinceEndMs: number) => number | null,
): Date | null {
  if (endedAt === null) return null;
  const ms = next(at.getTime() - endedAt.getTime());
  return ms === null ? null : after(endedAt, ms);
}

type Noted = Partial<
  Pick<PublicationsTable, 'removed_at' | 'not_served_at' | 'tidy_due_at' | 'tidy_trouble'>
>;

/** Uploads that were open are ended by then. */
async function note(db: Database | Tx, { build_id, repository }: Left, found: Noted): Promise<void> {
  await db
    .updateTable('publications')
    .set({ open_uploads: '[]', ...found })
    .where('build_id', '=', build_id)
    .where('repository', '=', repository)
    .execute();
}

/**
 * Under the lock of the repository, which no tag comes into meanwhile. Who publishes the same digest at this moment finds it gone before its tag
 * moves, and copies it again. One that is absent may still be on its way: that it was not served at this time is all that is known.
 */
async function removeManifests(
  db: Database,
  removing: Removing,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const { left } = removing;
  const { repository } = left;
  const { removed, trouble } = await transact(db, async (tx) => {
    await sql`SELECT set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
      set_config('idle_in_transaction_session_timeout', ${String(TIME_MS + 5_000)}, true)`.execute(tx);
    await lockRepository(tx, repository);
    const done = await removeUnused(tx, removing, timeLimit(TIME_MS, signal));
    const at = await databaseNow(tx);
    const found: Noted = {
      ...(done.removed.length > 0 && { removed_at: at }),
      ...(done.isIndexGone && { not_served_at: at }),
      ...(done.servedFor !== null && { not_served_at: null }),
    };
    await note(tx, left, {
      ...found,
      tidy_due_at: lookAt(left, at, nextLookMs),
      tidy_trouble: done.servedFor === null ? null : storableText(done.servedFor),
    });
    return done;
  });
  // Only now: what was done before it counts.
  if (trouble !== null) throw trouble;
  return removed;
}

interface Removing {
  readonly registry: TidyingRegistry;
  readonly remove: Remove;
  readonly digests: readonly string[];
  readonly left: Left;
}

interface Done {
  readonly removed: string[];
  /** Whether the registry has said of the manifest that was published, not of those that it names alone, that it is served no more. */
  isIndexGone: boolean;
  /** Why that manifest is left there, and what to do; null unless something uses it. */
  servedFor: string | null;
  trouble: unknown;
}

async function removeUnused(
  tx: Tx,
  { registry, remove, digests, left }: Removing,
  signal: AbortSignal,
): Promise<Done> {
  const { repository, manifest_digest: digest } = left;
  const done: Done = { removed: [], isIndexGone: false, servedFor: null, trouble: null };
  try {
    const tagged = await registry.tagged(repository, signal);
    if (await isPublishedByOthers(tx, left)) return done;
    for (const one of digests) {
      if (one !== digest && !done.isIndexGone) break;
      const use = await whatUses(tx, repository, one, tagged, null);
      if (use !== null) {
        if (one === digest) done.servedFor = servedFor(left, use, tagOf(digest, tagged));
        continue;
      }
      const removal = await remove(registry, one, signal);
      if (removal === 'removed') done.removed.push(`${repository}@${one}`);
      if (one === digest) done.isIndexGone = true;
    }
  } catch (error) {
    done.trouble = error;
  }
  return done;
}

/**
 * No build that succeeded has put the tag there: a person has, or a try of this build that came so late that nobody looked after the tag any
 * more. The two look alike, so it is told and not removed.
 */
function servedFor({ repository, manifest_digest: digest }: Left, use: string, tag: string | null): string {
  if (tag === null) return `It is served: ${use}.`;
  return `It is served: ${use}. Unless it belongs there, move or remove ${repository}:${tag}; then remove ${repository}@${digest}, where Kiln asks no more.`;
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
