import {
  CancellationScope,
  condition,
  log,
  ParentClosePolicy,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { build as buildWorkflow } from './build.js';
import type { BuildStart, RetryOutput } from './contract.js';
import { BUILD_WORKFLOW_TYPE, buildStartOptions, retryBuildSignal } from './contract.js';

/**
 * The chain of retries of one build: starts the workflow of each new build that a signal names and stays open while one of them runs.
 * A signal that comes again, or for a build whose workflow exists, changes nothing. Builds outlive this workflow; a cancel of it
 * from Temporal is passed on to those that run.
 */
export async function retry(): Promise<RetryOutput> {
  const waiting: BuildStart[] = [];
  const taken: string[] = [];
  let open = 0;
  setHandler(retryBuildSignal, (build) => {
    if (taken.includes(build.buildId)) return;
    taken.push(build.buildId);
    waiting.push(build);
  });

  const run = async (build: BuildStart): Promise<void> => {
    open += 1;
    try {
      const child = await startChild<typeof buildWorkflow>(BUILD_WORKFLOW_TYPE, {
        ...buildStartOptions(build),
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
      await child.result();
    } catch (error) {
      // Started elsewhere, or ended by hand: rows and workflows are compared by the audit, not here.
      log.info('the workflow of a retry is not followed', { build_id: build.buildId, error: String(error) });
    } finally {
      open -= 1;
    }
  };

  const isOver = (): boolean => open === 0 && waiting.length === 0;
  do {
    for (let build = waiting.shift(); build !== undefined; build = waiting.shift()) void run(build);
    await CancellationScope.nonCancellable(() => condition(() => waiting.length > 0 || isOver()));
  } while (!isOver());
  return { builds: taken };
}
