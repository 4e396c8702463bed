import { posix } from 'node:path';
import { hasDockerfile, storedOptions, type DockerfileBuild } from '../../../contracts/effective-build.js';
import type { recordRegistries as operation, RunSpec } from '../../../contracts/supervisor.js';
import { KilnError } from '../../../domain/errors.js';
import { registriesOfPlatforms } from '../../../domain/images/dockerfile/registries.js';
import { parseCredentialHost } from '../../../domain/secrets/credential.js';
import type { Handler } from '../../call.js';
import { readDockerfile } from '../../../acceptance/read-text.js';
import { readStoredList } from '../../../acceptance/stored-list.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'leases' | 'contents' | 'files'>;

/** Takes the word of a supervisor only for what nobody else has read: the Dockerfile of a git source. Where there is none, the source names nothing. */
export function recordRegistries(deps: Deps): Handler<typeof operation> {
  return async ({ caller, body }) => {
    const registries = body.registries.map(spelled);
    const run = await deps.leases.run(caller, body.fence);
    const options = storedOptions(run.build_method, run.options);
    if (!hasDockerfile(options)) {
      if (registries.length > 0) throw unnamed();
    } else {
      const text = await readOwn(deps, run, options);
      if (text !== null) refuseUnnamed(text, options, registries);
    }
    await deps.leases.recordRegistries(caller, body.fence, registries);
    return { status: 204 };
  };
}

async function readOwn(deps: Deps, run: RunSpec, options: DockerfileBuild): Promise<string | null> {
  if (options.dockerfile_inline !== undefined) return options.dockerfile_inline;
  if (run.context === null) return null;
  const list = await readStoredList(deps, run.tenant_id, run.context.sha256);
  return readDockerfile(deps, run.tenant_id, list, posix.join(options.build_context, options.dockerfile));
}

function refuseUnnamed(text: string, options: DockerfileBuild, registries: readonly string[]): void {
  const named = registriesOfPlatforms(text, {
    target: options.target_stage ?? null,
    platforms: options.platforms ?? [],
    buildArgs: options.build_args,
  }).registries.map(spelled);
  if (registries.every((host) => named.includes(host))) return;
  throw unnamed();
}

function unnamed(): KilnError {
  return new KilnError('forbidden', { message: 'The source of the build does not name these registries.' });
}

function spelled(host: string): string {
  return parseCredentialHost('registry', host);
}
