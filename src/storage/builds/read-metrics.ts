import type { BuildMetrics } from '../../ports/records.js';
import type { Tx } from '../database.js';

const FIELDS = [
  'total_duration_seconds',
  'docker_build_duration_seconds',
  'docker_push_duration_seconds',
  'peak_memory_usage_mb',
  'cpu_usage_percent',
  'disk_read_bytes',
  'disk_write_bytes',
  'total_layers',
  'reused_layers',
  'new_layers',
  'final_image_size_bytes',
  'compression_ratio',
] as const satisfies readonly (keyof BuildMetrics)[];

/** Metrics of a build; all null until it is terminal. */
export async function readMetrics(tx: Tx, buildId: string): Promise<BuildMetrics> {
  const row = await tx
    .selectFrom('build_metrics')
    .select(FIELDS)
    .where('build_id', '=', buildId)
    .executeTakeFirst();
  return row ?? (Object.fromEntries(FIELDS.map((field) => [field, null])) as BuildMetrics);
}
