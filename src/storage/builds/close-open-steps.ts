import type { Tx } from '../database.js';

/** Steps that nobody will report on any more: a running one failed, a pending one was never run. */
export async function closeOpenSteps(tx: Tx, buildId: string, at: Date): Promise<void> {
  await tx
    .updateTable('build_steps')
    .set((eb) => ({
      status: 'failed',
      completed_at: eb.fn.coalesce('completed_at', eb.val(at)),
      error_message: eb.fn.coalesce('error_message', eb.val('interrupted')),
    }))
    .where('build_id', '=', buildId)
    .where('status', '=', 'running')
    .execute();
  await tx
    .updateTable('build_steps')
    .set({ status: 'skipped' })
    .where('build_id', '=', buildId)
    .where('status', '=', 'pending')
    .execute();
}
