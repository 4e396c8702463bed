import { retryBuild } from '../contracts/build-operations.js';
import type { ResumePhase } from '../domain/builds/retry.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { makeAndFollow } from './make-and-follow.js';
import type { ConnectionOptions } from './options.js';
import { reportDetached, reportFollowed } from './report-build.js';

export type RetryCommandOptions = ConnectionOptions & {
  readonly from?: ResumePhase;
  readonly detach?: boolean;
  readonly progress?: string;
};

/** `kiln retry`: makes the retry (or joins the one that is live) and follows it. Gives the exit code. */
export async function runRetry(cli: Cli, reference: string, options: RetryCommandOptions): Promise<number> {
  const client = connect(cli, options);
  const found = await findBuild(client, reference);
  return makeAndFollow(cli, client, options, async ({ progress, interrupts, creating, follow }) => {
    let isJoined = false;
    const build = await client.call(
      retryBuild,
      {
        params: { build: found.id },
        body: options.from === undefined ? {} : { resume_from: options.from },
      },
      {
        ...creating(),
        onStatus: (status) => (isJoined = status === 200),
      },
    );
    interrupts.created(build);
    if (options.detach === true) return () => reportDetached(cli, build, options);
    const name = `${build.project}#${build.build_number}`;
    progress.note(
      isJoined
        ? `${name} is live already, as retry ${build.result.retry_count} of this chain; no other one was made`
        : `${name} is retry ${build.result.retry_count} of this chain`,
    );
    const followed = await follow(build);
    return () => reportFollowed(cli, followed, options);
  });
}
