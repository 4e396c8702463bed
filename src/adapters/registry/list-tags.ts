import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { isTag } from '../../domain/images/reference.js';
import type { Repository } from '../../ports/image-registry.js';
import type { RegistryClient } from './client.js';
import { followPages } from './follow-pages.js';

const tagList = z.object({ tags: z.array(z.string().refine(isTag)).nullish() });

/** All tags of a repository, page after page; none where there is no such repository. */
export async function listTags(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<string[]> {
  const target = `tags/list?n=${client.limits.tagsPerPage}`;
  const doing = `the tags of ${repository}`;
  const pages = await followPages(client, { repository, target, doing, none: [404] }, signal);
  return (pages ?? []).flatMap((page) => readTags(page, repository));
}

/** A tag that cannot be asked for might point at anything: then nothing is known of the repository. */
function readTags(body: Buffer, repository: Repository): string[] {
  try {
    return tagList.parse(JSON.parse(body.toString('utf8'))).tags ?? [];
  } catch (cause) {
    throw new KilnError('registry_failed', { message: `The tags of ${repository} cannot be read.`, cause });
  }
}
