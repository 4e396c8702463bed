import { BUILD_FILE_NAME } from '../domain/builds/settings.js';
import { batchKey, movedText } from '../domain/base-images/watch.js';
import { KilnError } from '../domain/errors.js';
import type { NewBuild } from '../contracts/new-build.js';
import type { DueRebuild } from '../ports/base-images.js';
import type { Build, StoredConfig } from '../ports/records.js';
import type { BuildStore } from '../ports/stores.js';
import { acceptBuild, type AskedBuild } from './accept-build.js';
import type { AcceptanceDeps } from './deps.js';

const FULL_COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * Accepts a build of what an earlier one was built from, once, since images that it stands on have moved: of a branch as it is now, of anything
 * else the same source. Raises what refuses the build; `conflict` where its source is not kept any more.
 */
export async function rebuildOnBase(
  deps: AcceptanceDeps & { readonly builds: Pick<BuildStore, 'get' | 'config'> },
  { tenantId, batchId, projectId, fromBuildId, moves }: DueRebuild,
): Promise<{ readonly build: Build; readonly created: boolean }> {
  const tenant = { tenantId, userId: null };
  const before = await deps.builds.get(tenant, fromBuildId);
  const config = await deps.builds.config(tenant, fromBuildId);
  const asked = {
    ...again(before, config),
    project: projectId,
    trigger: { type: 'git_event', source: movedText(moves) },
    idempotency: { key: batchKey(batchId), request: { batch: batchId } },
  } as const;
  try {
    return await acceptBuild(deps, tenant, asked);
  } catch (error) {
    const isGone =
      config.source.kind === 'upload' &&
      error instanceof KilnError &&
      (error.code === 'conflict' || error.fields.some(({ field }) => field === 'source.upload_id'));
    if (!isGone) throw error;
    throw new KilnError('conflict', {
      message: `The files that were uploaded for ${before.project}#${String(before.build_number)} are not kept any more.`,
      fix: 'Build the project once from its folder (`kiln build`).',
      cause: error,
    });
  }
}

/** What is asked for again: what request and build file have said; a build file in git is read again with its source. */
function again(
  before: Build,
  config: StoredConfig,
): Pick<AskedBuild, 'body' | 'said' | 'git' | 'withoutSecrets'> {
  const { layers, source } = config;
  const name = `${before.project}#${String(before.build_number)}`;
  if (layers?.request === undefined)
    throw new KilnError('conflict', {
      message: `The settings of ${name} were not kept as they were asked for.`,
      fix: 'Build the project once by hand (`kiln build`).',
    });
  const isOfBranch = source.kind === 'git' && before.branch !== null;
  const { git_commit: commit, branch, author, message } = before;
  const body = {
    method: undefined,
    options: {},
    source: isOfBranch ? { ...source, ref: refOf(source.ref, before.branch) } : source,
    destinations: [],
    priority: before.priority,
    git: { commit: null, branch: null, author: null, message: null },
    ...(config.buildFile !== null &&
      config.buildFile !== BUILD_FILE_NAME && { build_file: { path: config.buildFile } }),
  } as NewBuild;
  const { request, build_file: file } = layers;
  return {
    body,
    said: { request, ...(source.kind !== 'git' && file !== undefined && { build_file: file }) },
    git: isOfBranch
      ? { commit: null, branch, author: null, message: null }
      : { commit, branch, author, message },
    withoutSecrets: config.withoutSecrets,
  };
}

/** Who told of a commit told its branch too: that is built. */
function refOf(ref: string | null, branch: string | null): string | null {
  return ref !== null && FULL_COMMIT.test(ref) && branch !== null ? `refs/heads/${branch}` : ref;
}
