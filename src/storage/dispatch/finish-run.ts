import type { AttemptEnd } from '../../domain/dispatch/lease.js';
import type { RunOutcome } from '../../domain/builds/outcome.js';
import type { LeaseHolder, LogSeal } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { storableOrNull, toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import { checkLog } from './check-log.js';
import { holdLease } from './hold-lease.js';
import { saveArtifacts } from './save-artifacts.js';
import { saveTests } from './save-tests.js';
import { saveWarnings } from './save-warnings.js';

const ENDED_REASON: Record<RunOutcome['result'], AttemptEnd> = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  lost: 'run_lost',
};

/**
 * Stores the outcome with its warnings, artifacts and test results and seals the log, once: a repetition changes nothing, even when the lease is over by then. `conflict`
 * names the chunks, or the artifacts, that are missing, or says that the bytes do not have the announced hash.
 */
export async function finishRun(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  { warnings = [], artifacts = [], tests, ...outcome }: RunOutcome,
  log: LogSeal,
): Promise<void> {
  await inTenant(db, holder.tenantId, async (tx) => {
    const attempt = await tx
      .selectFrom('attempts as a')
      .innerJoin('builds as b', 'b.id', 'a.build_id')
      .select(['a.fence', 'a.log_sha256', 'a.ended_at', 'b.build_day'])
      .where('a.build_id', '=', holder.buildId)
      .where('a.attempt', '=', holder.attempt)
      .executeTakeFirst();
    const isRepetition =
      attempt?.fence === fence && attempt.ended_at !== null && attempt.log_sha256 === log.sha256;
    if (isRepetition) return;
    await holdLease(tx, holder, fence);
    if (attempt === undefined || !(await lockOpenAttempt(tx, holder))) return;
    await checkLog(tx, { ...holder, buildDay: attempt.build_day }, log);
    const at = await databaseNow(tx);
    await tx
      .updateTable('attempts')
      .set({
        outcome: toJson(outcome),
        ended_at: at,
        ended_reason: ENDED_REASON[outcome.result],
        log_chunks: log.chunks,
        log_lines: log.lines,
        log_bytes: log.bytes,
        log_sha256: log.sha256,
        log_sealed_at: at,
        log_note: storableOrNull(log.note),
      })
      .where('build_id', '=', holder.buildId)
      .where('attempt', '=', holder.attempt)
      .where('ended_at', 'is', null)
      .execute();
    await saveWarnings(tx, holder, warnings);
    await saveArtifacts(tx, holder, artifacts);
    if (tests !== undefined) await saveTests(tx, holder, tests);
    await notifyBuild(tx, holder.buildId);
  });
}

/** Chunks that are being stored are counted before the log is checked, or refused after it is sealed. False when the attempt is over. */
async function lockOpenAttempt(tx: Tx, { buildId, attempt }: LeaseHolder): Promise<boolean> {
  const open = await tx
    .selectFrom('attempts')
    .select('attempt')
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('ended_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return open !== undefined;
}
