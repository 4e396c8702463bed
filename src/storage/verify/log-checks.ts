import { sql } from 'kysely';
import type { Tx } from '../database.js';
import { digestOfLog } from '../dispatch/check-log.js';
import { type CheckResult, Findings, judgeRows, type RowCheck } from './check.js';

/** So many of the newest logs are read where not all are. */
const SAMPLE = 100;

/** Of the row `b` of builds: whether its log is here; what retention has let go, and a day that was dropped, says nothing. */
const KEPT = sql`(b.removed_at IS NULL AND to_regclass('public.build_logs_' || to_char(b.build_day, 'YYYYMMDD')) IS NOT NULL AND NOT EXISTS (SELECT FROM removed_log_days gone
  WHERE gone.project_id = b.project_id AND gone.build_day = b.build_day))`;

const SUMS: RowCheck = {
  name: 'log_chunks',
  holds: 'The chunks of every sealed log are stored: as many chunks, lines and bytes as its seal says.',
  broken: sql`
    SELECT format('log of attempt %s of build %s: sealed %s chunks, %s lines, %s bytes; stored %s, %s, %s',
                  a.attempt, a.build_id, a.log_chunks, a.log_lines, a.log_bytes, s.chunks, s.lines, s.bytes) AS what
    FROM attempts a JOIN builds b ON b.id = a.build_id CROSS JOIN LATERAL (
      SELECT count(*) AS chunks, coalesce(sum(line_count), 0) AS lines, coalesce(sum(size_bytes), 0) AS bytes
      FROM build_logs l WHERE l.build_day = b.build_day AND l.build_id = a.build_id AND l.attempt = a.attempt) s
    WHERE a.log_sealed_at IS NOT NULL AND ${KEPT}
      AND (s.chunks <> a.log_chunks OR s.lines <> a.log_lines OR s.bytes <> a.log_bytes)`,
};

/** Sealed logs against their chunks; the bytes of `all`, or of a sample of the newest, against the sealed SHA-256. */
export async function checkLogs(tx: Tx, all: boolean): Promise<CheckResult[]> {
  const hashes = new Findings();
  const { rows } = await sql<{ buildId: string; buildDay: string; attempt: number; sha256: string }>`
    SELECT a.build_id AS "buildId", b.build_day AS "buildDay", a.attempt, a.log_sha256 AS sha256
    FROM attempts a JOIN builds b ON b.id = a.build_id
    WHERE a.log_sealed_at IS NOT NULL AND a.log_sha256 IS NOT NULL AND (${KEPT} OR a.log_chunks = 0)
    ORDER BY a.log_sealed_at DESC LIMIT ${all ? null : SAMPLE}`.execute(tx);
  for (const { sha256, ...of } of rows) {
    const stored = await digestOfLog(tx, of);
    if (stored.sha256 !== sha256) {
      hashes.add(
        `log of attempt ${String(of.attempt)} of build ${of.buildId}: sealed ${sha256}, stored ${stored.sha256}`,
      );
    }
  }
  return [
    ...(await judgeRows(tx, [SUMS])),
    {
      name: 'log_hashes',
      holds: 'The bytes of a sealed log have the SHA-256 of its seal.',
      wrong: hashes.wrong,
      examples: hashes.examples,
      note: `${String(rows.length)} logs read${all ? '' : ' (the newest; --all reads every one)'}`,
    },
  ];
}
