import { listBaseImages } from '../contracts/build-record-operations.js';
import type { BaseImageUse, Build } from '../contracts/builds.js';
import { compareImages } from '../contracts/image-operations.js';
import type { ImageDetail, ImageDifference } from '../contracts/images.js';
import { rebuildBuild, type Rebuild } from '../contracts/rebuild.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { findImage, waitUntilComparable } from './image-reference.js';
import { makeAndFollow } from './make-and-follow.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf } from './output.js';
import { reportFollowed } from './report-build.js';
import { whyPackagesUnknown } from './views/image-difference.js';
import { rebuildLines } from './views/rebuild-report.js';

export type RebuildCommandOptions = ConnectionOptions & { readonly progress?: string };

/** How an image differs from the one that it is to be like, and what the two were made from. */
export interface RebuildReport extends Rebuild {
  readonly images: { readonly before: BaseImageUse[]; readonly after: BaseImageUse[] };
  readonly difference: ImageDifference;
}

/** `kiln rebuild`: builds from the record of a build, follows that, and tells what differs. Gives the exit code. */
export async function runRebuild(
  cli: Cli,
  reference: string,
  options: RebuildCommandOptions,
): Promise<number> {
  const client = connect(cli, options);
  const before = await findBuild(client, reference);
  return makeAndFollow(cli, client, options, async ({ progress, interrupts, creating, follow }) => {
    const asked = { params: { build: before.id }, body: {} };
    const rebuild = await client.call(rebuildBuild, asked, creating());
    interrupts.created(rebuild.build);
    const followed = await follow(rebuild.build);
    const after = followed.build;
    if (after.status !== 'success') return () => reportFollowed(cli, followed, options);
    const task = progress.task('looking into both images');
    const { facts, whyUnknown } = await compare(cli, client, [before, after]);
    const report = { ...rebuild, build: after, ...facts };
    task.done();
    return () => {
      if (options.json === true) printJson(cli, report);
      else print(cli, rebuildLines(before, report, canvasOf(cli), whyUnknown));
      return EXIT.success;
    };
  });
}

async function compare(
  cli: Cli,
  client: Client,
  [before, after]: readonly [Build, Build],
): Promise<{ facts: Pick<RebuildReport, 'images' | 'difference'>; whyUnknown: string }> {
  const [one, other] = [before, after].map(({ id }) => id) as [string, string];
  const found: ImageDetail[] = [];
  const tell = (line: string): void => void cli.stderr.write(`${line}\n`);
  const patience = { timeoutSeconds: Infinity, tell };
  for (const build of [one, other])
    found.push(await waitUntilComparable(client, await findImage(client, build), patience));
  const usedBy = async (build: string): Promise<BaseImageUse[]> =>
    (await client.call(listBaseImages, { params: { build } })).items;
  const difference = await client.call(compareImages, {
    params: { image: before.image_id ?? '', other: after.image_id ?? '' },
  });
  const images = { before: await usedBy(one), after: await usedBy(other) };
  return { facts: { images, difference }, whyUnknown: whyPackagesUnknown(found) };
}

function canvasOf(cli: Cli) {
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  return { columns, style: styleOf(cli, cli.stdout) };
}
