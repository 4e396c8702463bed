import { getBuild, listBuilds } from '../contracts/build-operations.js';
import type { Build } from '../contracts/builds.js';
import { isUuid } from '../domain/ids.js';
import type { CallOptions, Client } from './client.js';
import { CommandFailure, usageFailure } from './failure.js';

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

/** The newest one without a number, but for what-ifs. */
async function findByNumber(
  client: Client,
  project: string,
  number: number | null,
  options: CallOptions,
): Promise<Build> {
  const query = {
    ...{ project, limit: '1' },
    ...(number === null ? ({ what_ifs: 'without' } as const) : { number: String(number) }),
  };
  const { items } = await client.call(listBuilds, { query }, options);
  const [found] = items;
  // Why a build waits stands in no list.
  if (found?.status === 'queued') return client.call(getBuild, { params: { build: found.id } }, options);
  if (found !== undefined) return found;
  throw new CommandFailure('not_found', {
    message:
      number === null
        ? `Project ${project} has no builds yet.`
        : `Project ${project} has no build #${number}.`,
    fix: `\`kiln builds --project ${project}\` lists its builds.`,
  });
}
