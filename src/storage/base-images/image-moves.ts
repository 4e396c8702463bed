import { randomUUID } from 'node:crypto';
import { sql, type Updateable } from 'kysely';
import { chooseStarts, type LiveMove } from '../../domain/base-images/choose-starts.js';
import { judgeMove } from '../../domain/base-images/judge-move.js';
import type { DueRebuild, ImageMoves } from '../../ports/base-images.js';
import type { Database, Tx } from '../database.js';
import type { BaseImageRebuildsTable } from '../schema/base-images.js';
import { storableText } from '../storable.js';
import { single, transact } from '../transact.js';
import { readRebuilds, type RebuildRow } from './read-rebuilds.js';

const REASON_MAX = 2000;

/** Carries out moves of base images. Needs the role kiln_controller. */
export function createImageMoves(db: Database): ImageMoves {
  const settle = async (batchId: string, what: Updateable<BaseImageRebuildsTable>): Promise<void> => {
    await single(db, (one) =>
      one
        .updateTable('base_image_rebuilds')
        .set(what)
        .where('batch_id', '=', batchId)
        .where('build_id', 'is', null)
        .where('is_skipped', '=', false)
        .execute(),
    );
  };
  const text = (reason: string): string => storableText(reason).slice(0, REASON_MAX);
  return {
    advance: (maxFailures) => transact(db, (tx) => advance(tx, maxFailures)),
    started: (batchId, buildId) => settle(batchId, { build_id: buildId, reason: null }),
    skipped: (batchId, reason) => settle(batchId, { is_skipped: true, reason: text(reason) }),
    postpone: (batchId, reason, pauseMs) =>
      single(db, async (one) => {
        await sql`
          UPDATE base_image_rebuilds SET reason = ${text(reason)}, ask_at = clock_timestamp() + ${pauseMs} * interval '1 ms'
          WHERE batch_id = ${batchId} AND build_id IS NULL AND NOT is_skipped`.execute(one);
      }),
  };
}

/** Under the locks of all moves that are not over: of two controllers, the second sees what the first has chosen. */
async function advance(tx: Tx, maxFailures: number): Promise<DueRebuild[]> {
  const moves = await tx
    .selectFrom('base_image_moves')
    .select(['id', 'tenant_id', 'reference', 'to_digest', 'move_status'])
    .where('move_status', 'in', ['open', 'stopped'])
    .orderBy('id')
    .forUpdate()
    .execute();
  if (moves.length === 0) return [];
  const rebuilds = await readRebuilds(
    tx,
    moves.map(({ id }) => id),
  );
  const live: LiveMove[] = [];
  for (const { id, move_status: status } of moves) {
    const own = rebuilds.filter(({ moveId }) => moveId === id);
    const step = status === 'stopped' ? null : judgeMove(own, maxFailures);
    if (step?.kind === 'stop') await close(tx, id, 'stopped', step.reason);
    if (step?.kind === 'done') await close(tx, id, 'done', null);
    const waiting = own.filter(({ state }) => state === 'waiting').map(({ projectId }) => projectId);
    live.push({ id, step, waiting });
  }
  for (const project of chooseStarts(live)) {
    const batchId = randomUUID();
    for (const row of rebuilds) {
      if (row.projectId !== project || row.state !== 'waiting') continue;
      await tx
        .updateTable('base_image_rebuilds')
        .set({ batch_id: batchId })
        .where('move_id', '=', row.moveId)
        .where('project_id', '=', project)
        .execute();
    }
  }
  const now = await readRebuilds(
    tx,
    moves.map(({ id }) => id),
  );
  return dueOf(tx, moves, now);
}

async function close(tx: Tx, id: string, status: 'stopped' | 'done', reason: string | null): Promise<void> {
  await tx
    .updateTable('base_image_moves')
    .set({ move_status: status, reason })
    .where('id', '=', id)
    .execute();
}

interface MoveRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly reference: string;
  readonly to_digest: string;
}

/** Builds that are chosen and not noted, by their batches. */
async function dueOf(
  tx: Tx,
  moves: readonly MoveRow[],
  rebuilds: readonly RebuildRow[],
): Promise<DueRebuild[]> {
  const due = new Map<string, DueRebuild>();
  for (const { batchId, isNoted, state, isDue, ...row } of rebuilds) {
    const move = moves.find(({ id }) => id === row.moveId);
    if (move === undefined || batchId === null || isNoted || state !== 'running' || !isDue) continue;
    const recorded = await tx
      .selectFrom('build_base_images')
      .select('digest')
      .where('build_id', '=', row.fromBuildId)
      .where('reference', '=', move.reference)
      .where('digest', 'is not', null)
      .where('digest', '<>', move.to_digest)
      .executeTakeFirst();
    const moved = { reference: move.reference, from: recorded?.digest ?? '', to: move.to_digest };
    const before = due.get(batchId);
    due.set(batchId, {
      ...{ batchId, tenantId: move.tenant_id, projectId: row.projectId, fromBuildId: row.fromBuildId },
      moves: [...(before?.moves ?? []), moved].sort((a, b) => (a.reference < b.reference ? -1 : 1)),
    });
  }
  return [...due.values()];
}
