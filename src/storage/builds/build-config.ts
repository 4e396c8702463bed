import type { Insertable, Selectable } from 'kysely';
import type { Source } from '../../contracts/builds.js';
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

/** The columns that hold a method's options; those without a column of their own go into `metadata`. Null and undefined count as absent. */
export function toOptionColumns(options: Options): Options & { readonly metadata: string } {
  const left: Options = { ...options };
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
  return { ...row, metadata: toJson(Object.fromEntries(rest)) };
}

/** The same with every option column in it: what is absent becomes null. */
export function toAllOptionColumns(options: Options): Options & { readonly metadata: string } {
  const none = [...TEXT_COLUMNS, ...JSON_COLUMNS, 'cache_enabled'].map((name) => [name, null]);
  return { ...Object.fromEntries(none), ...toOptionColumns(options) };
}

/** The same as one JSON object, for `jsonb_populate_record`. */
export function toOptionJson(options: Options): Options {
  const row: Options = toAllOptionColumns(options);
  const parsed = [...JSON_COLUMNS, 'metadata'].map((name) => [
    name,
    typeof row[name] === 'string' ? (JSON.parse(row[name]) as unknown) : null,
  ]);
  return { ...row, ...Object.fromEntries(parsed) };
}

/** A request as a row. */
export function toConfigRow(
  tenantId: string,
  buildId: string,
  request: AcceptBuild,
): Insertable<BuildConfigsTable> {
  return {
    ...toOptionColumns(request.options),
    tenant_id: tenantId,
    build_id: buildId,
    build_method: request.method,
    source_kind: request.source.kind,
    ...sourceColumns(request.source),
    build_timeout_milliseconds: request.buildTimeoutMs,
    build_file: request.buildFile,
    setting_layers: toJson(request.settingLayers),
    limits: toJson(request.limits),
    resources: toJson(request.resources),
    trust: request.trust,
    without_secrets: request.withoutSecrets ?? false,
  };
}

function sourceColumns(source: Source): Partial<Insertable<BuildConfigsTable>> {
  if (source.kind === 'upload') return { upload_id: source.upload_id };
  if (source.kind !== 'git') return {};
  return {
    git_url: source.url,
    git_ref: source.ref,
    git_folder: source.folder,
    git_submodules: source.submodules,
    git_lfs: source.lfs,
    git_depth: source.depth,
  };
}

/** The source as the request gave it. */
export function toSource(row: Selectable<BuildConfigsTable>): Source {
  if (row.upload_id !== null) return { kind: 'upload', upload_id: row.upload_id };
  if (row.git_url === null) return { kind: 'inline' };
  return {
    kind: 'git',
    url: row.git_url,
    ref: row.git_ref,
    folder: row.git_folder,
    submodules: row.git_submodules ?? false,
    lfs: row.git_lfs ?? false,
    depth: row.git_depth,
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
