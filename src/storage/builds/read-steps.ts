import type { BuildStep } from '../../ports/records.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';

/** Steps of all attempts, in order. */
export async function readSteps(tx: Tx, buildId: string): Promise<BuildStep[]> {
  const rows = await tx
    .selectFrom('build_steps')
    .selectAll()
    .where('build_id', '=', buildId)
    .orderBy('attempt')
    .orderBy('step_number')
    .execute();
  return rows.map((row) => ({
    attempt: row.attempt,
    step_number: row.step_number,
    step_name: row.step_name,
    instruction_type: row.instruction_type,
    status: row.status,
    cached: row.cached,
    layer_digest: row.layer_digest,
    layer_size_bytes: row.layer_size_bytes,
    stdout: row.stdout,
    stderr: row.stderr,
    error_message: row.error_message,
    error_code: row.error_code,
    started_at: isoOrNull(row.started_at),
    completed_at: isoOrNull(row.completed_at),
    duration_seconds: row.duration_seconds,
    duration_milliseconds: row.duration_milliseconds,
  }));
}
