import { getBuild, listBuilds } from '../contracts/build-operations.js';
import type { Build } from '../contracts/builds.js';
import { isUuid } from '../domain/ids.js';
import type { CallOptions, Client } from './client.js';
import { CommandFailure, usageFailure } from './failure.js';

const PAGE = 100;

/** How a person names a build, for --help. */
const BUILD_REFERENCE_HELP = 'id, <project>#<number> or <project>#latest';

/** Finds the build that a person means. Throws not_found, or a usage failure when the text names nothing. */
export async function findBuild(
  client: Client,
  reference: string,
  options: CallOptions = {},
): Promise<Build> {
  const id = reference.toLowerCase();
  if (isUuid(id)) return client.call(getBuild, { params: { build: id } }, options);
  const match = /^([a-z0-9-]+)#(\d{1,9}|latest)$/.exec(reference);
  if (match === null) {
    throw usageFailure(
      `"${reference}" does not name a build.`,
      `Give its ${BUILD_REFERENCE_HELP}; \`kiln builds\` lists them.`,
    );
  }
  const [, project = '', number = ''] = match;
  return findByNumber(client, project, number === 'latest' ? null : Number(number), options);
}

/* Numbers fall from page to page, so the search ends as soon as they are below the wanted one. */
async function findByNumber(
  client: Client,
  project: string,
  number: number | null,
  options: CallOptions,
): Promise<Build> {
  let cursor: string | null = null;
  do {
    const query: { project: string; limit: string; cursor?: string } = {
      project,
      limit: String(number === null ? 1 : PAGE),
      ...(cursor === null ? {} : { cursor }),
    };
    const page: { items: Build[]; next_cursor: string | null } = await client.call(
      listBuilds,
      { query },
      options,
    );
    const found = number === null ? page.items[0] : page.items.find((build) => build.build_number === number);
    if (found) return found;
    const last = page.items.at(-1);
    cursor = last === undefined || number === null || last.build_number < number ? null : page.next_cursor;
  } while (cursor !== null);
  throw new CommandFailure('not_found', {
    message:
      number === null
        ? `Project ${project} has no builds yet.`
        : `Project ${project} has no build #${number}.`,
    fix: `\`kiln builds --project ${project}\` lists its builds.`,
  });
}
