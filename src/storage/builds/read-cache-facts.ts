import { sql } from 'kysely';
import type { CacheFacts, ComparedFacts } from '../../ports/cache-facts.js';
import type { Tx } from '../database.js';
import { readBaseImages } from './read-base-images.js';

/** Of so many builds before it one is looked for that it can be compared with; further back hardly anything of the cache is left. */
const LOOKED_AT = 500;

/** A build and the one before it that ran steps, of the same project, method, target and platforms. */
export async function readCacheFacts(tx: Tx, buildId: string): Promise<ComparedFacts> {
  const of = await tx
    .selectFrom('builds')
    .select(['project_id', 'build_number', 'build_method'])
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
  // From the newest on, and no further than to the first that fits: its conditions are asked of one build after the other.
  const { rows } = await sql<{ id: string }>`
    SELECT p.id FROM (
      SELECT id, build_number FROM builds
      WHERE project_id = ${of.project_id} AND build_number < ${of.build_number} AND build_method = ${of.build_method} AND what_if IS NULL
      ORDER BY build_number DESC LIMIT ${LOOKED_AT}
    ) p
    WHERE (SELECT d.target_stage IS NOT DISTINCT FROM c.target_stage AND d.platforms IS NOT DISTINCT FROM c.platforms
           FROM build_configs d, build_configs c WHERE d.build_id = p.id AND c.build_id = ${buildId})
      AND (SELECT true FROM build_steps s WHERE s.build_id = p.id AND s.status = 'success'
           AND s.instruction_type IN ('FROM', 'RUN', 'COPY', 'ADD', 'WORKDIR') LIMIT 1)
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
