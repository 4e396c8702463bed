import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { databaseNow } from '../times.js';
import { stagedImage } from './staged-image.js';

const EMPTY_SHA256 = createHash('sha256').digest('hex');

/**
 * Seals a log that nobody will complete, saying after which line it may be missing; the log of an attempt that never ran the builder
 * is whole and empty. A sealed log is left as it is.
 */
export async function sealOpenLog(tx: Tx, buildId: string, attempt: number): Promise<void> {
  const open = await tx
    .selectFrom('attempts')
    .select('attempt')
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('log_sealed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (open === undefined) return;
  const stored = await storedLog(tx, buildId, attempt);
  const isEmpty = stored.chunks === 0 && !(await ranBuilder(tx, buildId, attempt));
  await tx
    .updateTable('attempts')
    .set({
      log_chunks: stored.chunks,
      log_lines: stored.lines,
      log_bytes: stored.bytes,
      log_sealed_at: await databaseNow(tx),
      ...(isEmpty
        ? { log_sha256: EMPTY_SHA256 }
        : { log_note: `output after line ${String(stored.wholeLines)} unavailable` }),
    })
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .execute();
}

/** False when nobody took the attempt up, or when an earlier one had staged the image, so that it was only to be published. */
async function ranBuilder(tx: Tx, buildId: string, attempt: number): Promise<boolean> {
  const taken = await tx
    .selectFrom('leases')
    .select('id')
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('acknowledged_at', 'is not', null)
    .executeTakeFirst();
  if (taken === undefined) return false;
  const staged = await stagedImage(tx, buildId);
  return staged === null || (staged.buildId === buildId && staged.attempt >= attempt);
}

/** `wholeLines`: the last line before the first missing chunk. */
async function storedLog(
  tx: Tx,
  buildId: string,
  attempt: number,
): Promise<{ chunks: number; lines: number; bytes: number; wholeLines: number }> {
  const { rows } = await sql<{ chunks: number; lines: number; bytes: number; wholeLines: number }>`
    SELECT count(*)::int AS chunks, coalesce(sum(line_count), 0)::int AS lines,
           coalesce(sum(size_bytes), 0)::bigint AS bytes,
           coalesce(max(first_line + line_count - 1) FILTER (WHERE chunk = place - 1), 0) AS "wholeLines"
    FROM (
      SELECT l.chunk, l.first_line, l.line_count, l.size_bytes, row_number() OVER (ORDER BY l.chunk) AS place
      FROM build_logs l JOIN builds b ON b.id = l.build_id AND b.build_day = l.build_day
      WHERE l.build_id = ${buildId} AND l.attempt = ${attempt}
    ) chunks`.execute(tx);
  return rows[0] ?? { chunks: 0, lines: 0, bytes: 0, wholeLines: 0 };
}
