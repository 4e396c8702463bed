import { posix } from 'node:path';
import type { GitFacts, Source } from '../contracts/builds.js';
import {
  hasDockerfile,
  needsNoSource,
  type BuildOptions,
  type DockerfileBuild,
} from '../contracts/effective-build.js';
import { hostStepsTrouble } from '../contracts/trust.js';
import { followLinks } from '../domain/contexts/paths.js';
import { parseContextPath } from '../domain/images/context-path.js';
import type { ContextList } from '../domain/contexts/context-list.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { namedStages, otherStages } from '../domain/builds/other-stages.js';
import { KilnError } from '../domain/errors.js';
import type { EffectiveLimits } from '../domain/limits/effective-limits.js';
import { refuseLargeContext } from '../domain/limits/refuse-large-context.js';
import { closedRuns } from '../domain/images/dockerfile/closed-runs.js';
import { invalidDockerfile } from '../domain/images/invalid-dockerfile.js';
import type { TenantContext } from '../ports/stores.js';
import { readDockerfile } from './read-text.js';
import { missingOf, readStoredList } from './stored-list.js';
import type { AcceptanceDeps } from './deps.js';

type SourceDeps = Pick<
  AcceptanceDeps,
  'uploads' | 'contents' | 'files' | 'checkDockerfile' | 'checkDockerfileSources' | 'checkGitUrl'
>;

interface NamedSource {
  readonly source: Source;
  readonly method: BuildMethod;
  readonly options: BuildOptions;
  readonly git: GitFacts;
  readonly limits: EffectiveLimits;
}

/**
 * Refuses what cannot be built before a slot is spent: a foreign or unknown upload, one whose contents are not all here, a context
 * without the Dockerfile, a Dockerfile with an error or with sources on a closed network, a git server that this installation does not
 * speak to. Gives the Dockerfile; null where there is none to be read yet.
 */
export async function checkSource(
  deps: SourceDeps,
  tenant: TenantContext,
  build: NamedSource,
): Promise<string | null> {
  const { source, options } = build;
  if (source.kind === 'git') {
    refuseGivenFacts(build);
    deps.checkGitUrl(source.url);
    // What is in the repository is judged when it has been fetched.
    if (!hasDockerfile(options) || options.dockerfile_inline === undefined) return null;
  }
  const list =
    source.kind === 'upload' ? await listOfUpload(deps, tenant, source.upload_id, build.limits) : null;
  if (!hasDockerfile(options)) {
    if (list === null && !needsNoSource(build.method, options)) throw needsSource();
    return null;
  }
  const text = options.dockerfile_inline ?? (await readFrom(deps, tenant, list, options));
  const problems = deps.checkDockerfile(text, {
    target: options.target_stage ?? null,
    alsoBuilt: otherStages(options).map(({ target }) => target),
  });
  if (problems.length > 0) throw invalidDockerfile(problems, fieldOf(options), namedStages(options));
  deps.checkDockerfileSources(text, options.build_args);
  return text;
}

/** `networks` are those that hosts of the method give. Raises `dockerfile_invalid` where a step asks for rights that nobody gets, or for the network of the host that this build does not get. */
export function refuseClosedRuns(
  text: string | null,
  networks: readonly string[] | null,
  build: Parameters<typeof hostStepsTrouble>[0] & Pick<NamedSource, 'options'>,
): void {
  const { options } = build;
  if (text === null || !hasDockerfile(options)) return;
  const problems = closedRuns(text, {
    targets: [options.target_stage ?? null, ...otherStages(options).map(({ target }) => target)],
    buildArgs: options.build_args,
    hostTrouble: hostStepsTrouble(build, networks),
  });
  if (problems.length > 0) throw invalidDockerfile(problems, fieldOf(options));
}

function fieldOf({ dockerfile_inline: inline }: DockerfileBuild): string {
  return inline === undefined ? 'dockerfile' : 'dockerfile_inline';
}

function needsSource(): KilnError {
  return new KilnError('invalid_request', {
    fields: [
      { field: 'source.kind', message: 'this method builds a source: upload one, or name a git repository' },
    ],
  });
}

/** The commit of a git source is what was fetched, never what a request says. */
function refuseGivenFacts({ git }: NamedSource): void {
  const given = Object.entries(git).find(([, value]) => value !== null);
  if (given === undefined) return;
  throw new KilnError('invalid_request', {
    fields: [
      {
        field: `git.${given[0]}`,
        message: 'is recorded from the repository itself: name it with source.ref',
      },
    ],
  });
}

async function listOfUpload(
  deps: SourceDeps,
  tenant: TenantContext,
  uploadId: string,
  limits: EffectiveLimits,
): Promise<ContextList> {
  try {
    const upload = await deps.uploads.get(tenant, uploadId);
    /* Uploads belong to no project: what was let in for one may be too large for another. */
    refuseLargeContext(upload, limits);
    const list = await readStoredList(deps, tenant.tenantId, upload.sha256);
    const missing = await missingOf(deps, tenant, upload.sha256, list);
    if (missing.length > 0) {
      throw new KilnError('conflict', {
        message: `${missing.length} contents of the upload are missing: GET /v1/uploads/sha256/${upload.sha256} names them.`,
      });
    }
    return list;
  } catch (error) {
    if (!(error instanceof KilnError) || error.code !== 'not_found') throw error;
    throw new KilnError('invalid_request', {
      fields: [{ field: 'source.upload_id', message: 'there is no such upload: send the context first' }],
    });
  }
}

async function readFrom(
  deps: SourceDeps,
  tenant: TenantContext,
  list: ContextList | null,
  options: DockerfileBuild,
): Promise<string> {
  if (list === null) {
    throw new KilnError('invalid_request', {
      fields: [{ field: 'options.dockerfile_inline', message: 'required when the source is inline' }],
    });
  }
  refuseMissingFolder(list, options.build_context);
  return readDockerfile(deps, tenant.tenantId, list, posix.join(options.build_context, options.dockerfile));
}

/** A Dockerfile cannot be missing in a folder that is not there. */
function refuseMissingFolder({ entries, links }: ContextList, context: string): void {
  const folder = followLinks(parseContextPath(context), links);
  const isThere =
    folder === '' ||
    folder === '.' ||
    entries.some(({ path }) => path === folder || path.startsWith(`${folder}/`));
  if (isThere) return;
  throw new KilnError('context_invalid', {
    message: `build_context: there is no folder ${JSON.stringify(context)} in the source (\`context\` in kiln.yaml).`,
    fields: [
      { field: 'build_context', message: `there is no folder ${JSON.stringify(context)} in the source` },
    ],
  });
}
