import { randomUUID } from 'node:crypto';
import { createBuild } from '../contracts/build-operations.js';
import type { Build } from '../contracts/builds.js';
import type { NewBuildInput } from '../contracts/new-build.js';
import { createProject, getProject } from '../contracts/projects.js';
import type { CallOptions, Client } from './client.js';
import { CommandFailure } from './failure.js';

/** Makes sure that the project exists. A creation that somebody else wins is fine. */
export async function ensureProject(
  client: Client,
  slug: string,
  options: CallOptions,
): Promise<'found' | 'created'> {
  const params = { project: slug };
  try {
    await client.call(getProject, { params }, options);
    return 'found';
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.code !== 'not_found') throw error;
  }
  try {
    await client.call(createProject, { body: { slug } }, options);
    return 'created';
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    if (error.code !== 'conflict' && error.code !== 'unavailable') throw error;
    await client.call(getProject, { params }, options);
    return 'found';
  }
}

/** Creates a build under a key made once, so that repeating over a broken connection gives the same build. */
export async function submitBuild(
  client: Client,
  project: string,
  body: NewBuildInput,
  options: Omit<CallOptions, 'idempotencyKey'>,
): Promise<Build> {
  return client.call(
    createBuild,
    { params: { project }, body },
    { ...options, idempotencyKey: randomUUID() },
  );
}
