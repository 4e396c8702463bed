import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { removesBuilds, whyBuild } from '../../domain/retention/build-retention.js';
import type { BuildPruner } from '../../ports/build-retention.js';
import type { Database, Tx } from '../database.js';
import { openPrunes } from '../retention/open-prunes.js';
import { NOW } from '../times.js';
import { transact } from '../transact.js';
import { removeSomeLogs } from './log-days.js';
import type { OfProject } from './needed-builds.js';
import { planBuilds } from './plan-builds.js';
import { type Going, removeBuilds } from './remove-builds.js';
import { readRetention, ruleOf } from './retention-rows.js';

/** A part ends after this time, between two batches. */
const PART_MS = 20_000;
const PLANNED = 5_000;
/** Most builds of one transaction; none is added to so many chunks of logs, which are 64 KiB each at most. */
const BATCH = { builds: 200, chunks: 2_000 };

export interface BuildPrunerOptions {
  readonly installationLogDays: number | null;
  /** How long is waited after a batch, in times of how long the batch took; half of the time is left to builds unless it is given. */
  readonly pauseFactor?: number;
}

/** The controller's side of the retention of builds. Needs the role kiln_controller. */
export function createBuildPruner(db: Database, options: BuildPrunerOptions): BuildPruner {
  const { installationLogDays } = options;
  return {
    openAll: () =>
      transact(db, async (tx) => {
        await sql`INSERT INTO build_prunes (tenant_id, project_id, prune_trigger)
          SELECT p.tenant_id, p.id, 'schedule' FROM projects p
          WHERE ${ruleOf('keep_builds')} IS NOT NULL OR ${ruleOf('older_than_days')} IS NOT NULL
          ON CONFLICT (project_id) WHERE completed_at IS NULL DO NOTHING`.execute(tx);
        return openPrunes(tx, 'build_prunes');
      }),
    pruneSome: (pruneId, signal) => pruneSome(db, pruneId, options, signal),
    overdue: (olderThanMs) => transact(db, (tx) => openPrunes(tx, 'build_prunes', olderThanMs)),
    removeSomeLogs: (signal) =>
      removeSomeLogs(db, { installationLogDays, batch: BATCH, partMs: PART_MS, signal }),
  };
}

async function pruneSome(
  db: Database,
  pruneId: string,
  { installationLogDays, pauseFactor = 1 }: BuildPrunerOptions,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const untilMs = Date.now() + PART_MS;
  const plan = await transact(db, (tx) => planPart(tx, pruneId, installationLogDays));
  if (plan === null) return true;
  let removed = 0;
  for (const batch of batchesOf(plan.going)) {
    signal?.throwIfAborted();
    const beganAtMs = Date.now();
    const done = await transact(db, (tx) => removeBatch(tx, pruneId, plan, batch, installationLogDays));
    // Another set of rules, or another process has ended it.
    if (done === null) return false;
    removed += done;
    if (Date.now() >= untilMs) return false;
    await sleep((Date.now() - beganAtMs) * pauseFactor, undefined, { signal });
  }
  if (removed > 0 && plan.isMore) return false;
  await transact(db, (tx) => endPrune(tx, pruneId));
  return true;
}

interface Planned extends Going {
  readonly chunks: number;
}

function batchesOf(going: readonly Planned[]): Planned[][] {
  const batches: Planned[][] = [];
  let [batch, chunks]: [Planned[], number] = [[], 0];
  for (const one of going) {
    if (batch.length === 0) batches.push(batch);
    batch.push(one);
    chunks += one.chunks;
    if (batch.length === BATCH.builds || chunks >= BATCH.chunks) [batch, chunks] = [[], 0];
  }
  return batches;
}

interface Plan {
  readonly of: OfProject;
  /** The rules as they were read. */
  readonly rules: string;
  readonly going: readonly Planned[];
  readonly isMore: boolean;
}

/** Null when the prune is over. */
async function planPart(tx: Tx, pruneId: string, installationLogDays: number | null): Promise<Plan | null> {
  const prune = await tx
    .selectFrom('build_prunes')
    .select(['tenant_id', 'project_id'])
    .where('id', '=', pruneId)
    .where('completed_at', 'is', null)
    .executeTakeFirst();
  if (prune === undefined) return null;
  const of = { tenantId: prune.tenant_id, projectId: prune.project_id };
  const { effective } = await readRetention(tx, of, installationLogDays);
  const rules = JSON.stringify(effective);
  if (!removesBuilds(effective)) return { of, rules, going: [], isMore: false };
  const { builds, total } = await planBuilds(tx, of, effective, { goes: true, limit: PLANNED });
  const going = builds.map((build) => ({
    id: build.id,
    because: whyBuild(effective, build),
    chunks: build.log_chunks,
  }));
  return { of, rules, going, isMore: total > going.length };
}

/** How many went; null when the plan does not hold any more. */
async function removeBatch(
  tx: Tx,
  pruneId: string,
  { of, rules }: Plan,
  batch: readonly Going[],
  installationLogDays: number | null,
): Promise<number | null> {
  const prune = await tx
    .selectFrom('build_prunes')
    .select('id')
    .where('id', '=', pruneId)
    .where('completed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const { effective } = await readRetention(tx, of, installationLogDays);
  if (prune === undefined || JSON.stringify(effective) !== rules) return null;
  const done = await removeBuilds(tx, of, batch);
  await tx
    .updateTable('build_prunes')
    .set(({ eb }) => ({
      removed_builds: eb('removed_builds', '+', done.builds),
      removed_log_bytes: eb('removed_log_bytes', '+', done.logBytes),
    }))
    .where('id', '=', pruneId)
    .execute();
  return done.builds;
}

async function endPrune(tx: Tx, pruneId: string): Promise<void> {
  await tx
    .updateTable('build_prunes')
    .set({ completed_at: NOW })
    .where('id', '=', pruneId)
    .where('completed_at', 'is', null)
    .execute();
}
