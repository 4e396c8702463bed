import { listProjects } from '../contracts/projects.js';
import type { Client } from './client.js';

type Page = { items: Listed[]; next_cursor: string | null };
type Listed = { slug: string; retention: unknown };

/** The slugs of all projects, or of those that `isWanted`, in alphabetical order. */
export async function listSlugs(
  client: Client,
  isWanted: (project: Listed) => boolean = () => true,
): Promise<string[]> {
  const slugs: string[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: string; cursor?: string } = {
      limit: '100',
      ...(cursor === null ? {} : { cursor }),
    };
    const page: Page = await client.call(listProjects, { query });
    slugs.push(...page.items.filter(isWanted).map(({ slug }) => slug));
    cursor = page.next_cursor;
  } while (cursor !== null);
  return slugs.sort();
}
