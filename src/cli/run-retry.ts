import { randomUUID } from 'node:crypto';
import { retryBuild } from '../contracts/build-operations.js';
import type { ResumePhase } from '../domain/builds/retry.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { followToEnd } from './follow-build.js';
import { watchInterrupts } from './interrupts.js';
import type { ConnectionOptions } from './options.js';
import { progressFor } from './output.js';
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
  const progress = progressFor(cli, options);
  const interrupts = watchInterrupts(cli, client, progress);
  try {
    interrupts.creating();
    let isJoined = false;
    const build = await client.call(
      retryBuild,
      {
        params: { build: found.id },
        body: options.from === undefined ? {} : { resume_from: options.from },
      },
      {
        idempotencyKey: randomUUID(),
        signal: interrupts.left,
        onStatus: (status) => (isJoined = status === 200),
        onRetry: () => progress.note('Kiln does not answer; trying again'),
      },
    );
    interrupts.created(build);
    if (options.detach === true) {
      progress.close();
      return reportDetached(cli, build, options);
    }
    const name = `${build.project}#${build.build_number}`;
    progress.note(
      isJoined
        ? `${name} is live already, as retry ${build.result.retry_count} of this chain; no other one was made`
        : `${name} is retry ${build.result.retry_count} of this chain`,
    );
    const followed = await followToEnd(client, build, progress, {
      signal: interrupts.left,
      onBuild: (now) => interrupts.seen(now),
    });
    progress.close();
    return reportFollowed(cli, followed, options);
  } catch (error) {
    progress.close();
    if (!interrupts.isLeft()) throw error;
    return EXIT.left;
  } finally {
    interrupts.stop();
  }
}
