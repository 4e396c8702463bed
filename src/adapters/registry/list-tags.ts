import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { isTag } from '../../domain/images/reference.js';
import type { Repository } from '../../ports/image-registry.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { readBody } from './read-body.js';

const MOST_PAGES = 1_000;
const tagList = z.object({ tags: z.array(z.string().refine(isTag)).nullish() });

/** All tags of a repository, page after page as the registry's Link header says; none where there is no such repository. */
export async function listTags(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<string[]> {
  const tags: string[] = [];
  const first = client.address({ repository, target: `tags/list?n=${client.limits.tagsPerPage}` });
  let page: URL | null = first;
  for (let pages = 0; page !== null && pages < MOST_PAGES; pages += 1) {
    const doing = `the tags of ${repository}`;
    const response = await client.send({
      method: 'GET',
      repository,
      target: page,
      actions: 'pull',
      expect: [200, 404],
      doing,
      signal,
    });
    if (response.status === 404) {
      await discard(response);
      return [];
    }
    const body = await readBody(
      client,
      { repository, doing, signal },
      response,
      client.limits.maxManifestBytes,
    );
    tags.push(...readTags(body, repository));
    page = nextPage(response.headers.get('link'), page);
    if (page !== null && page.origin !== first.origin)
      throw new KilnError('registry_failed', { message: `The tags of ${repository} go on at another host.` });
  }
  if (page !== null) throw new KilnError('registry_failed', { message: `${repository} has too many tags.` });
  return tags;
}

/** A tag that cannot be asked for might point at anything: then nothing is known of the repository. */
function readTags(body: Buffer, repository: Repository): string[] {
  try {
    return tagList.parse(JSON.parse(body.toString('utf8'))).tags ?? [];
  } catch (cause) {
    throw new KilnError('registry_failed', { message: `The tags of ${repository} cannot be read.`, cause });
  }
}

/** `</v2/app/tags/list?last=x&n=1000>; rel="next"` */
function nextPage(link: string | null, page: URL): URL | null {
  const address = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  return address === undefined ? null : new URL(address, page);
}
