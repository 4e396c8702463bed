import { posix } from 'node:path';
import type { GitFacts, Source } from '../../../contracts/builds.js';
import type { BuildOptions } from '../../../contracts/effective-build.js';
import { KilnError } from '../../../domain/errors.js';
import { invalidDockerfile } from '../../../domain/images/invalid-dockerfile.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';

type SourceDeps = Pick<ApiDeps, 'uploads' | 'blobs' | 'checkDockerfile' | 'readDockerfile' | 'checkGitUrl'>;

interface NamedSource {
  readonly source: Source;
  readonly options: BuildOptions;
  readonly git: GitFacts;
}

/**
 * Refuses what cannot be built before a slot is spent: a foreign or unknown upload, an archive without the Dockerfile, a
 * Dockerfile with an error, a git server that this installation does not speak to.
 */
export async function checkSource(
  deps: SourceDeps,
  tenant: TenantContext,
  build: NamedSource,
): Promise<void> {
  const { source, options } = build;
  if (source.kind === 'git') {
    refuseGivenFacts(build);
    deps.checkGitUrl(source.url);
    // What is in the repository is judged when it has been fetched.
    if (options.dockerfile_inline === undefined) return;
  }
  const archivePath = source.kind === 'upload' ? await pathOfUpload(deps, tenant, source.upload_id) : null;
  const text = options.dockerfile_inline ?? (await readFromArchive(deps, archivePath, options));
  const problems = deps.checkDockerfile(text, { target: options.target_stage ?? null });
  if (problems.length === 0) return;
  throw invalidDockerfile(
    problems,
    options.dockerfile_inline === undefined ? 'dockerfile' : 'dockerfile_inline',
  );
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

async function pathOfUpload(deps: SourceDeps, tenant: TenantContext, uploadId: string): Promise<string> {
  try {
    const upload = await deps.uploads.get(tenant, uploadId);
    return deps.blobs.path(upload.sha256);
  } catch (error) {
    if (!(error instanceof KilnError) || error.code !== 'not_found') throw error;
    throw new KilnError('invalid_request', {
      fields: [{ field: 'source.upload_id', message: 'there is no such upload: PUT the context first' }],
    });
  }
}

async function readFromArchive(
  deps: SourceDeps,
  archivePath: string | null,
  options: BuildOptions,
): Promise<string> {
  if (archivePath === null) {
    throw new KilnError('invalid_request', {
      fields: [{ field: 'options.dockerfile_inline', message: 'required when the source is inline' }],
    });
  }
  return deps.readDockerfile(archivePath, posix.join(options.build_context, options.dockerfile));
}
