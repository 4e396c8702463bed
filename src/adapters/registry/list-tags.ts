import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import type { Repository } from '../../ports/image-registry.js';
import { bodyWithin } from './bodies.js';
import type { RegistryClient } from './client.js';

const PAGE = 1000;
/** A tag has at most 128 characters. */
const MAX_PAGE_BYTES = 1024 * 1024;
const MAX_PAGES = 1000;
const tagList = z.object({ tags: z.array(z.string()).nullish() });

/** All tags of a repository, page by page; none where there is no such repository. */
export async function listTags(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<string[]> {
  const all: string[] = [];
  for (let page = 0, last = ''; page < MAX_PAGES; page++) {
    const response = await client.send({
      method: 'GET',
      repository,
      target: `tags/list?n=${PAGE}${last === '' ? '' : `&last=${encodeURIComponent(last)}`}`,
      actions: 'pull',
      expect: [200, 404],
      doing: `the tags of ${repository}`,
      signal,
    });
    const body = await bodyWithin(response, MAX_PAGE_BYTES);
    if (response.status === 404) return all;
    const tags = readTags(body, repository);
    all.push(...tags);
    const next = tags.at(-1);
    if (!response.headers.has('link') || next === undefined || next === last) return all;
    last = next;
  }
  return all;
}

function readTags(body: Buffer, repository: Repository): readonly string[] {
  try {
    return tagList.parse(JSON.parse(body.toString('utf8'))).tags ?? [];
  } catch (cause) {
    throw new KilnError('registry_failed', {
      message: `The registry gave no list of the tags of ${repository}.`,
      cause,
    });
  }
}
