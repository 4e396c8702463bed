import { BUILD_FILE_NAME } from '../../domain/builds/settings.js';
import { stagingRepository, stagingTag, splitDestination } from '../../domain/builds/staging.js';
import { BUILT_IN_LIMITS } from '../../domain/limits/effective-limits.js';
import type { RunSpec } from '../../ports/dispatch.js';
import { toOptions, toSource } from '../builds/build-config.js';
import type { Tx } from '../database.js';

/** What a supervisor needs to run this attempt. */
export async function readRunSpec(
  tx: Tx,
  lease: { readonly buildId: string; readonly attempt: number; readonly fence: number },
): Promise<RunSpec> {
  const build = await tx
    .selectFrom('builds as b')
    .innerJoin('projects as p', 'p.id', 'b.project_id')
    .select([
      'b.tenant_id',
      'b.project_id',
      'b.build_number',
      'b.build_method',
      'b.destinations',
      'b.what_if',
    ])
    .select(['b.image_repository', 'b.git_commit', 'p.slug'])
    .where('b.id', '=', lease.buildId)
    .executeTakeFirstOrThrow();
  const config = await tx
    .selectFrom('build_configs')
    .selectAll()
    .where('build_id', '=', lease.buildId)
    .executeTakeFirstOrThrow();
  const repositories = build.destinations.map((ref) => splitDestination(ref).repository);
  return {
    build_id: lease.buildId,
    build_number: build.build_number,
    tenant_id: build.tenant_id,
    project_id: build.project_id,
    project: build.slug,
    attempt: lease.attempt,
    fence: lease.fence,
    build_method: build.build_method,
    options: toOptions(config),
    source: toSource(config),
    build_file:
      // A what-if changes what has come out with the build file.
      config.source_kind === 'git' &&
      build.what_if === null &&
      config.setting_layers?.build_file === undefined
        ? { path: config.build_file ?? BUILD_FILE_NAME, required: config.build_file !== null }
        : null,
    git_commit: config.source_kind === 'git' ? build.git_commit : null,
    limits: { ...BUILT_IN_LIMITS, ...config.limits },
    resources: config.resources ?? {},
    trust: config.trust,
    context: await readContext(tx, config.upload_id),
    staging: {
      repository: stagingRepository(build.image_repository),
      tag: stagingTag(lease.buildId, lease.attempt),
    },
    repositories: [...new Set(repositories)],
  };
}

async function readContext(tx: Tx, uploadId: string | null): Promise<RunSpec['context']> {
  if (uploadId === null) return null;
  return tx
    .selectFrom('uploads')
    .select(['sha256', 'size_bytes'])
    .where('id', '=', uploadId)
    .executeTakeFirstOrThrow();
}
