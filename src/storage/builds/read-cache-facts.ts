import { sql } from 'kysely';
import type { CacheFacts, ComparedFacts } from '../../ports/cache-facts.js';
import type { Tx } from '../database.js';
import { readBaseImages } from './read-base-images.js';

/** A build and the one before it that ran steps, of the same project, method, target and platforms. */
export async function readCacheFacts(tx: Tx, buildId: string): Promise<ComparedFacts> {
  const { rows } = await sql<{ id: string }>`
    SELECT p.id FROM builds b JOIN build_configs c ON c.build_id = b.id
    JOIN builds p ON p.project_id = b.project_id AND p.build_method = b.build_method AND p.build_number < b.build_number
      AND p.what_if IS NULL
    JOIN build_configs d ON d.build_id = p.id
    WHERE b.id = ${buildId}
      AND d.target_stage IS NOT DISTINCT FROM c.target_stage AND d.platforms IS NOT DISTINCT FROM c.platforms
      AND EXISTS (SELECT FROM build_steps s WHERE s.build_id = p.id AND s.status = 'success'
        AND s.instruction_type IN ('FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR'))
    ORDER BY p.build_number DESC LIMIT 1`.execute(tx);
  const before = rows[0];
  return {
    now: await factsOf(tx, buildId),
    before: before === undefined ? null : await factsOf(tx, before.id),
  };
}

async function factsOf(tx: Tx, buildId: string): Promise<CacheFacts> {
  const row = await tx
    .selectFrom('builds as b')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .leftJoin('uploads as u', 'u.id', 'c.upload_id')
    .leftJoin('attempts as a', (join) =>
      join.onRef('a.build_id', '=', 'b.id').onRef('a.attempt', '=', 'b.attempt_count'),
    )
    .leftJoin('build_workers as w', 'w.id', 'a.worker_id')
    .select([
      'b.git_commit',
      'b.build_method',
      'b.attempt_count',
      'c.cache_enabled',
      'c.build_args',
      'c.build_context',
      'c.dockerfile',
      'c.dockerfile_inline',
      'c.target_stage',
      'c.resources',
      'u.sha256',
      'w.worker_name',
    ])
    .where('b.id', '=', buildId)
    .executeTakeFirstOrThrow();
  const steps = await tx
    .selectFrom('build_steps')
    .select(['step_number', 'step_name', 'instruction_type', 'cached', 'status'])
    .where('build_id', '=', buildId)
    .where('attempt', '=', row.attempt_count)
    .orderBy('step_number')
    .execute();
  const pins = await readBaseImages(tx, buildId);
  return {
    steps: steps.map((step) => ({
      number: step.step_number,
      name: step.step_name,
      type: step.instruction_type,
      isCached: step.cached,
      isDone: step.status === 'success',
    })),
    usesCache: row.cache_enabled !== false,
    buildArgs: (row.build_args ?? {}) as Record<string, string>,
    host: row.worker_name,
    commit: row.git_commit,
    network: row.resources?.network ?? 'default',
    pins: new Map(
      pins.flatMap(({ reference, digest }) => (digest === null ? [] : [[reference, digest] as const])),
    ),
    method: row.build_method,
    uploadSha256: row.sha256,
    contextFolder: row.build_context ?? '.',
    target: row.target_stage,
    dockerfileInline: row.dockerfile_inline,
    dockerfilePath: row.dockerfile,
  };
}
