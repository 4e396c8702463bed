import { KilnError } from '../../domain/errors.js';
import { discard } from './bodies.js';
import type { RegistryClient } from './client.js';
import { readBody } from './read-body.js';

const MOST_PAGES = 1_000;

/** A list of a registry, such as tags or referrers of a repository. */
export interface PagedList {
  readonly repository: string;
  /** The first page, below the repository. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In words, for errors: `the tags of x`. */
  readonly doing: string;
  /** Answers that say that there is no such list. */
  readonly none: readonly number[];
}

/** The bodies of a list page after page, as the registry's Link header says; null where it says that there is none. */
export async function followPages(
  client: RegistryClient,
  { repository, target, headers, doing, none }: PagedList,
  signal?: AbortSignal,
): Promise<Buffer[] | null> {
  const bodies: Buffer[] = [];
  const first = client.address({ repository, target });
  let page: URL | null = first;
  for (let pages = 0; page !== null && pages < MOST_PAGES; pages += 1) {
    const response = await client.send({
      method: 'GET',
      repository,
      target: page,
      actions: 'pull',
      ...(headers !== undefined && { headers }),
      expect: [200, ...none],
      doing,
      signal,
    });
    if (response.status !== 200) {
      await discard(response);
      return null;
    }
    bodies.push(
      await readBody(client, { repository, doing, signal }, response, client.limits.maxManifestBytes),
    );
    page = nextPage(response.headers.get('link'), page);
    if (page !== null && page.origin !== first.origin)
      throw new KilnError('registry_failed', { message: `The list of ${doing} goes on at another host.` });
  }
  if (page !== null) throw new KilnError('registry_failed', { message: `The list of ${doing} has no end.` });
  return bodies;
}

/** `</v2/app/tags/list?last=x&n=1000>; rel="next"` */
function nextPage(link: string | null, page: URL): URL | null {
  const address = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  return address === undefined ? null : new URL(address, page);
}
