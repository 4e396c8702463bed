import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder, LogChunkIn } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { hasNoPartition } from '../errors.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { storableText } from '../storable.js';
import { holdLease } from './hold-lease.js';

/**
 * Stores chunks; one that is there already is left as it is, so batches may be repeated and overlap. A sealed log takes no new ones
 * (stale_fence).
 */
export async function appendLog(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  chunks: readonly LogChunkIn[],
): Promise<void> {
  await inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    if (chunks.length === 0) return;
    const stored = await insertChunks(tx, holder, chunks).catch(refuseGoneDay);
    if (stored.length === 0) return;
    const sum = (of: (chunk: { line_count: number; size_bytes: number }) => number): number =>
      stored.reduce((total, chunk) => total + of(chunk), 0);
    const counted = await tx
      .updateTable('attempts')
      .set((eb) => ({
        log_chunks: eb('log_chunks', '+', stored.length),
        log_lines: eb(
          'log_lines',
          '+',
          sum((chunk) => chunk.line_count),
        ),
        log_bytes: eb(
          'log_bytes',
          '+',
          sum((chunk) => chunk.size_bytes),
        ),
      }))
      .where('build_id', '=', holder.buildId)
      .where('attempt', '=', holder.attempt)
      .where('log_sealed_at', 'is', null)
      .executeTakeFirst();
    if (counted.numUpdatedRows === 0n) throw new KilnError('stale_fence');
    await notifyBuild(tx, holder.buildId, 'log');
  });
}

async function insertChunks(tx: Tx, holder: LeaseHolder, chunks: readonly LogChunkIn[]) {
  const { build_day } = await tx
    .selectFrom('builds')
    .select('build_day')
    .where('id', '=', holder.buildId)
    .executeTakeFirstOrThrow();
  return tx
    .insertInto('build_logs')
    .values(
      chunks.map((chunk) => ({
        build_day,
        tenant_id: holder.tenantId,
        build_id: holder.buildId,
        attempt: holder.attempt,
        chunk: chunk.chunk,
        step_number: chunk.step_number,
        log_level: chunk.log_level,
        logged_at: new Date(chunk.logged_at),
        first_line: chunk.first_line,
        line_count: chunk.line_count,
        offset_bytes: chunk.offset_bytes,
        ...contentOf(chunk.content_base64),
      })),
    )
    .onConflict((conflict) => conflict.columns(['build_day', 'build_id', 'attempt', 'chunk']).doNothing())
    .returning(['line_count', 'size_bytes'])
    .execute();
}

/** The day of the build has gone, which waits for all of its builds to be over: a restored database may know of others. */
function refuseGoneDay(error: unknown): never {
  if (!hasNoPartition(error)) throw error;
  throw new KilnError('log_removed', {
    message:
      'The logs of the day on which this build was accepted have been removed: nothing can be added to them.',
    cause: error,
  });
}

/** Display text, and the bytes too where the text does not give them back (NUL, invalid UTF-8). */
function contentOf(base64: string): { log_content: string; size_bytes: number; raw: Buffer | null } {
  const bytes = Buffer.from(base64, 'base64');
  const text = storableText(bytes.toString('utf8'));
  return {
    log_content: text,
    size_bytes: bytes.length,
    raw: Buffer.from(text, 'utf8').equals(bytes) ? null : bytes,
  };
}
