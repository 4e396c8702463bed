import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';
import { isTag } from '../../domain/images/reference.js';
import type { ManifestHead, Repository, TaggedManifest } from '../../ports/image-registry.js';
import { bodyWithin, discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { getManifest, headManifest } from './read.js';

const MOST_PAGES = 1_000;
const AT_ONCE = 8;
const tagList = z.object({ tags: z.array(z.string().refine(isTag)).nullish() });
const ONE_IMAGE = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]);

/** Every tag of a repository with what it points at now; a tag that goes meanwhile is left out. */
export async function taggedManifests(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<TaggedManifest[]> {
  const waiting = await listTags(client, repository, signal);
  const found: TaggedManifest[] = [];
  const lane = async (): Promise<void> => {
    for (let tag = waiting.pop(); tag !== undefined; tag = waiting.pop()) {
      const head = await headManifest(client, repository, tag, signal);
      if (head !== null)
        found.push({
          tag,
          digest: head.digest,
          children: await childrenOf(client, repository, head, signal),
        });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return found;
}

/** Of an index what it names. A type that is not known is read, and raises `registry_failed` when it is neither image nor index. */
async function childrenOf(
  client: RegistryClient,
  repository: Repository,
  { digest, mediaType }: ManifestHead,
  signal?: AbortSignal,
): Promise<string[]> {
  if (ONE_IMAGE.has(mediaType)) return [];
  const { content } = await getManifest(client, repository, digest, signal);
  return 'index' in content ? content.index.manifests.map((child) => child.digest) : [];
}

/** Page after page, as the registry's Link header says. */
async function listTags(
  client: RegistryClient,
  repository: Repository,
  signal?: AbortSignal,
): Promise<string[]> {
  const tags: string[] = [];
  const first = client.address({ repository, target: `tags/list?n=${client.limits.tagsPerPage}` });
  let page: URL | null = first;
  for (let pages = 0; page !== null && pages < MOST_PAGES; pages += 1) {
    const response = await client.send({
      method: 'GET',
      repository,
      target: page,
      actions: 'pull',
      expect: [200, 404],
      doing: `the tags of ${repository}`,
      signal,
    });
    if (response.status === 404) {
      await discard(response);
      return [];
    }
    const body = await bodyWithin(response, client.limits.maxManifestBytes);
    tags.push(...readTags(body, repository));
    page = nextPage(response.headers.get('link'), page);
    if (page !== null && page.origin !== first.origin)
      throw new KilnError('registry_failed', { message: `The tags of ${repository} go on at another host.` });
  }
  if (page !== null) throw new KilnError('registry_failed', { message: `${repository} has too many tags.` });
  return tags;
}

/** A tag that cannot be asked for might point at anything: then nothing is known of the repository. */
function readTags(body: Buffer, repository: string): string[] {
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
