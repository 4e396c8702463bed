import { getBuild } from '../contracts/build-operations.js';
import { getMetrics, listSteps } from '../contracts/build-record-operations.js';
import type { Build } from '../contracts/builds.js';
import { compareImages } from '../contracts/image-operations.js';
import type { ImageDetail } from '../contracts/images.js';
import { whatIfBuild, type WhatIfChanges } from '../contracts/what-if.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { usageFailure } from './failure.js';
import { findImage, lookUntilComparable } from './image-reference.js';
import { makeAndFollow } from './make-and-follow.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf } from './output.js';
import { reportDetached, reportFollowed } from './report-build.js';
import { whyPackagesUnknown } from './views/image-difference.js';
import { whatIfLines, type ComparedSide, type WhatIfReport } from './views/what-if-report.js';
import { changesOf } from './what-if-changes.js';

export type WhatIfCommandOptions = ConnectionOptions & {
  readonly base?: readonly string[];
  readonly method?: string;
  readonly cache?: boolean;
  readonly platform?: readonly string[];
  readonly arg?: readonly string[];
  readonly target?: string;
  readonly again?: boolean;
  readonly detach?: boolean;
  readonly progress?: string;
};

/** `kiln what-if`: builds with changes, follows that, and compares it with the recorded build. Gives the exit code. */
export async function runWhatIf(cli: Cli, reference: string, options: WhatIfCommandOptions): Promise<number> {
  const client = connect(cli, options);
  const changes = changesOf(options);
  const named = await findBuild(client, reference);
  refuseUnclear(named, changes);
  return makeAndFollow(cli, client, options, async ({ progress, interrupts, creating, follow }) => {
    const make = async (build: string, asked: WhatIfChanges): Promise<Build> => {
      const input = { params: { build }, body: { changes: asked } };
      const made = await client.call(whatIfBuild, input, creating());
      interrupts.created(made.build);
      return made.build;
    };
    const of = named.what_if?.of_build_id ?? named.id;
    let before = named.id === of ? named : await client.call(getBuild, { params: { build: of } });
    if (options.again === true) {
      const again = await follow(await make(of, {}));
      before = again.build;
      if (before.status !== 'success') return () => reportFollowed(cli, again, options);
    }
    const build = named.id === of ? await make(of, changes) : named;
    if (options.detach === true) return () => reportDetached(cli, build, options);
    let after = build;
    // One that has succeeded is not shown again: its log may be gone, which a comparison does not need.
    if (build.status !== 'success') {
      const followed = await follow(build);
      if (followed.build.status !== 'success') return () => reportFollowed(cli, followed, options);
      after = followed.build;
    }
    const task = progress.task('looking into both images');
    const { report, whyUnknown } = await compare(cli, client, [before, after]);
    task.done();
    return () => {
      if (options.json === true) printJson(cli, report);
      else print(cli, whatIfLines(report, canvasOf(cli), whyUnknown));
      return EXIT.success;
    };
  });
}

function refuseUnclear(named: Build, changes: WhatIfChanges): void {
  const isChanged = Object.keys(changes).length > 0;
  const { what_if: whatIf, project, build_number: number } = named;
  if (whatIf !== undefined && isChanged)
    throw usageFailure(
      `${project}#${number} is a what-if of ${project}#${whatIf.of_build_number}.`,
      `Name ${project}#${whatIf.of_build_number}, with all the changes that are meant.`,
    );
  if (whatIf !== undefined || isChanged) return;
  throw usageFailure(
    'Nothing is changed.',
    'Give a change: --base, --method, --no-cache, --platform, --arg or --target.',
  );
}

async function compare(
  cli: Cli,
  client: Client,
  [before, after]: readonly [Build, Build],
): Promise<{ report: WhatIfReport; whyUnknown: string }> {
  const tell = (line: string): void => void cli.stderr.write(`${line}\n`);
  const images: ImageDetail[] = [];
  for (const { id } of [before, after])
    images.push(await lookUntilComparable(client, await findImage(client, id), tell));
  const difference = await client.call(compareImages, {
    params: { image: before.image_id ?? '', other: after.image_id ?? '' },
  });
  const sideOf = async (build: Build, image: ImageDetail | undefined): Promise<ComparedSide> => {
    const params = { build: build.id };
    const { items } = await client.call(listSteps, { params });
    const attempt = Math.max(0, ...items.map((step) => step.attempt));
    return {
      build,
      metrics: await client.call(getMetrics, { params }),
      packages_count: image?.packages_count ?? null,
      steps: items.filter((step) => step.attempt === attempt),
    };
  };
  const report = {
    changes: after.what_if?.changes ?? {},
    before: await sideOf(before, images[0]),
    after: await sideOf(after, images[1]),
    difference,
  };
  return { report, whyUnknown: whyPackagesUnknown(images) };
}

function canvasOf(cli: Cli) {
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : 80;
  return { columns, style: styleOf(cli, cli.stdout) };
}
