import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { databaseNow } from '../times.js';

/** Seals a log that nobody will complete, saying after which line it may be missing. A sealed log is left as it is. */
export async function declareLogLoss(tx: Tx, buildId: string, attempt: number): Promise<void> {
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
  await tx
    .updateTable('attempts')
    .set({
      log_chunks: stored.chunks,
      log_lines: stored.lines,
      log_bytes: stored.bytes,
      log_sealed_at: await databaseNow(tx),
      log_note: `output after line ${String(stored.wholeLines)} unavailable`,
    })
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .execute();
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
