import { randomUUID } from 'node:crypto';
import { createBuild } from '../contracts/build-operations.js';
import type { Build } from '../contracts/builds.js';
import type { NewBuildInput } from '../contracts/new-build.js';
import { createProject, getProject, type Project } from '../contracts/projects.js';
import type { CallOptions, Client } from './client.js';
import { CommandFailure } from './failure.js';

/** Asks for a project, which may be missing still: says early that Kiln does not answer or refuses the token. */
export async function askForProject(
  client: Client,
  slug: string,
  options: CallOptions,
): Promise<Project | null> {
  try {
    return await client.call(getProject, { params: { project: slug } }, options);
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== 'not_found') throw error;
    return null;
  }
}

/**
 * Creates a build under a key made once, so that repeating over a broken connection gives the same build. A project that
 * is missing is made when Kiln has checked everything else, so that a refused build leaves none.
 * @param onProject called when the project was made.
 */
export async function submitBuild(
  client: Client,
  project: string,
  body: NewBuildInput,
  { onProject, ...options }: Omit<CallOptions, 'idempotencyKey'> & { readonly onProject: () => void },
): Promise<Build> {
  const idempotencyKey = randomUUID();
  const submit = (): Promise<Build> =>
    client.call(createBuild, { params: { project }, body }, { ...options, idempotencyKey });
  try {
    return await submit();
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== 'not_found') throw error;
  }
  if (await makeProject(client, project, options)) onProject();
  return submit();
}

/** False when somebody else was faster, or nobody said whether it was made: the build shows that. */
async function makeProject(client: Client, slug: string, options: CallOptions): Promise<boolean> {
  try {
    await client.call(createProject, { body: { slug } }, options);
    return true;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (error.code !== 'conflict' && error.code !== 'unavailable') throw error;
    return false;
  }
}
