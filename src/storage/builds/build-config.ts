import type { Insertable, Selectable } from 'kysely';
import type { AcceptBuild } from '../../ports/records.js';
import type { BuildConfigsTable } from '../schema/builds.js';
import { storableText, toJson } from '../storable.js';

const TEXT_COLUMNS = [
  'dockerfile',
  'dockerfile_inline',
  'build_context',
  'cache_repo',
  'target_stage',
  'builder',
  'packer_template',
] as const;
const JSON_COLUMNS = [
  'platforms',
  'cache_from',
  'cache_to',
  'buildpacks',
  'build_args',
  'environment',
  'secrets',
] as const;

type Options = Record<string, unknown>;

/** A method's options as a row: those that have a column go there, the others into `metadata`. Null and undefined count as absent. */
export function toConfigRow(
  tenantId: string,
  buildId: string,
  request: AcceptBuild,
): Insertable<BuildConfigsTable> {
  const left: Options = { ...request.options };
  const take = (name: string): unknown => {
    const value = left[name];
    delete left[name];
    return value;
  };
  const row: Options = {};
  for (const name of TEXT_COLUMNS) {
    if (typeof left[name] === 'string') row[name] = storableText(take(name) as string);
  }
  for (const name of JSON_COLUMNS) {
    if (left[name] !== undefined && left[name] !== null) row[name] = toJson(take(name));
  }
  if (typeof left.cache_enabled === 'boolean') row.cache_enabled = take('cache_enabled');
  const rest = Object.entries(left).filter(([, value]) => value !== undefined && value !== null);
  return {
    ...row,
    tenant_id: tenantId,
    build_id: buildId,
    build_method: request.method,
    source_kind: request.source.kind,
    upload_id: request.source.kind === 'upload' ? request.source.upload_id : null,
    metadata: toJson(Object.fromEntries(rest)),
    build_timeout_milliseconds: request.buildTimeoutMs,
  };
}

/** The options as the method's schema gave them. */
export function toOptions(row: Selectable<BuildConfigsTable>): Options {
  const options: Options = { ...row.metadata };
  for (const name of [...TEXT_COLUMNS, ...JSON_COLUMNS, 'cache_enabled'] as const) {
    if (row[name] !== null) options[name] = row[name];
  }
  return options;
}
