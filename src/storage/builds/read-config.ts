import { BUILD_FILE_NAME } from '../../domain/builds/settings.js';
import { BUILT_IN_LIMITS } from '../../domain/limits/effective-limits.js';
import type { StoredConfig } from '../../ports/records.js';
import type { Tx } from '../database.js';
import { toOptions, toSource } from './build-config.js';

/** The settings of a build, and what was said where. */
export async function readConfig(tx: Tx, buildId: string): Promise<StoredConfig> {
  const build = await tx
    .selectFrom('builds')
    .select(['build_method', 'build_number', 'destinations', 'image_repository'])
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
  const row = await tx
    .selectFrom('build_configs')
    .selectAll()
    .where('build_id', '=', buildId)
    .executeTakeFirstOrThrow();
  return {
    method: build.build_method,
    buildNumber: build.build_number,
    imageRepository: build.image_repository,
    source: toSource(row),
    options: toOptions(row),
    destinations: build.destinations,
    buildTimeoutMs: row.build_timeout_milliseconds,
    resources: row.resources ?? {},
    layers: row.setting_layers,
    limits: { ...BUILT_IN_LIMITS, ...row.limits },
    trust: row.trust,
    withoutSecrets: row.without_secrets,
    buildFile: row.setting_layers?.build_file === undefined ? null : (row.build_file ?? BUILD_FILE_NAME),
  };
}
