import { isTerminal } from '../../domain/builds/status.js';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { LogPart, LogReader } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { logBytes } from './log-bytes.js';

interface LogPosition {
  readonly attempt: number;
  readonly chunk: number;
}

const CURSOR = /^(\d{1,9})\.(\d{1,9})$/;

export function createLogReader(db: Database): LogReader {
  return {
    bytes: (tenant, log, range) => logBytes(db, tenant, log, range),
    read: async (tenant, buildId, after, limit) => {
      const from = parseLogCursor(after);
      return inTenant(db, tenant.tenantId, (tx) => readPart(tx, buildId, from, limit));
    },
  };
}

function parseLogCursor(after: string | null): LogPosition {
  if (after === null) return { attempt: 0, chunk: 0 };
  const match = CURSOR.exec(after);
  if (match === null) {
    throw new KilnError('invalid_request', {
      fields: [{ field: 'Last-Event-ID', message: 'expected <attempt>.<chunk>, the id of an event' }],
    });
  }
  return { attempt: Number(match[1]), chunk: Number(match[2]) };
}

async function buildOf(tx: Tx, buildId: string) {
  const build = await tx
    .selectFrom('builds')
    .select(['id', 'status', 'build_day'])
    .where('id', '=', parseId(buildId))
    .executeTakeFirst();
  if (build === undefined) throw new KilnError('not_found', { message: 'There is no such build.' });
  return build;
}

async function readPart(tx: Tx, buildId: string, from: LogPosition, limit: number): Promise<LogPart> {
  const { build_day, status } = await buildOf(tx, buildId);
  const attempts = await attemptsOf(tx, buildId);
  const rows = await tx
    .selectFrom('build_logs')
    .select([
      'attempt',
      'chunk',
      'step_number',
      'log_level',
      'first_line',
      'line_count',
      'logged_at',
      'log_content',
    ])
    .where('build_day', '=', build_day)
    .where('build_id', '=', buildId)
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('attempt', 'chunk'), '>', tuple(from.attempt, from.chunk)),
    )
    .orderBy('attempt')
    .orderBy('chunk')
    .limit(limit)
    .execute();
  const sealed = new Set(attempts.filter(({ isSealed }) => isSealed).map(({ attempt }) => attempt));
  const whole = withoutGaps(rows, from, sealed);
  return {
    chunks: whole.map((row) => ({ ...row, logged_at: row.logged_at.toISOString() })),
    isComplete: isTerminal(status) && attempts.every(({ isSealed }) => isSealed),
  };
}

async function attemptsOf(tx: Tx, buildId: string): Promise<{ attempt: number; isSealed: boolean }[]> {
  return tx
    .selectFrom('attempts')
    .select(['attempt', ({ eb }) => eb('log_sealed_at', 'is not', null).as('isSealed')])
    .where('build_id', '=', buildId)
    .$castTo<{ attempt: number; isSealed: boolean }>()
    .execute();
}

/** Chunks may be committed out of order: while an attempt writes, reading stops before a missing one, so that no reader passes it by. */
function withoutGaps<Row extends LogPosition>(
  rows: readonly Row[],
  from: LogPosition,
  sealed: ReadonlySet<number>,
): readonly Row[] {
  let last = from;
  for (const [index, row] of rows.entries()) {
    const follows = row.attempt === last.attempt ? row.chunk === last.chunk + 1 : row.chunk === 0;
    if (!follows && !sealed.has(row.attempt)) return rows.slice(0, index);
    last = row;
  }
  return rows;
}
