import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type FieldProblem, KilnError } from '../../domain/errors.js';
import type { LogSeal } from '../../ports/dispatch.js';
import type { Tx } from '../database.js';

const PAGE = 200;
const NAMED_CHUNKS = 20;

interface LogOf {
  readonly buildId: string;
  readonly attempt: number;
  readonly buildDay: string;
}

/** `conflict` unless chunks 0..n-1 are stored, lines and bytes add up, and the bytes have the announced SHA-256. */
export async function checkLog(tx: Tx, of: LogOf, seal: LogSeal): Promise<void> {
  const missing = await missingChunks(tx, of, seal.chunks);
  if (missing.length > 0) {
    throw refusal(
      `${String(missing.length)} chunks of the log are missing. Send them and finish again.`,
      missing.slice(0, NAMED_CHUNKS).map((chunk) => ({
        field: `log.chunks.${String(chunk)}`,
        message: 'is not stored',
      })),
    );
  }
  const stored = await digestOfLog(tx, of);
  const wrong = (['chunks', 'lines', 'bytes', 'sha256'] as const).filter((key) => stored[key] !== seal[key]);
  if (wrong.length > 0) {
    throw refusal(
      'The stored log is not the announced one.',
      wrong.map((key) => ({ field: `log.${key}`, message: `announced ${seal[key]}, stored ${stored[key]}` })),
    );
  }
}

function refusal(message: string, fields: readonly FieldProblem[]): KilnError {
  return new KilnError('conflict', { message, fields });
}

async function missingChunks(tx: Tx, of: LogOf, chunks: number): Promise<number[]> {
  const { rows } = await sql<{ chunk: number }>`
    SELECT chunk FROM generate_series(0, ${chunks} - 1) AS chunk
    EXCEPT
    SELECT chunk FROM build_logs
    WHERE build_day = ${of.buildDay} AND build_id = ${of.buildId} AND attempt = ${of.attempt}
    ORDER BY chunk`.execute(tx);
  return rows.map((row) => row.chunk);
}

/** What is stored of a log. Reads it page by page, so that a large one does not have to fit into memory. */
export async function digestOfLog(tx: Tx, of: LogOf): Promise<Omit<LogSeal, 'note'>> {
  const hash = createHash('sha256');
  let [chunks, lines, bytes, after] = [0, 0, 0, -1];
  for (;;) {
    const page = await tx
      .selectFrom('build_logs')
      .select(['chunk', 'line_count', 'size_bytes', 'log_content', 'raw'])
      .where('build_day', '=', of.buildDay)
      .where('build_id', '=', of.buildId)
      .where('attempt', '=', of.attempt)
      .where('chunk', '>', after)
      .orderBy('chunk')
      .limit(PAGE)
      .execute();
    for (const row of page) {
      hash.update(row.raw ?? Buffer.from(row.log_content, 'utf8'));
      chunks += 1;
      lines += row.line_count;
      bytes += row.size_bytes;
      after = row.chunk;
    }
    if (page.length < PAGE) return { chunks, lines, bytes, sha256: hash.digest('hex') };
  }
}
