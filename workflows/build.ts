import { CancellationScope, setHandler } from '@temporalio/workflow';
import { BuildRun } from './build-run.js';
import type { BuildInput, BuildOutput } from './contract.js';
import { approveBuildSignal, cancelBuildSignal, leaseGrantedSignal, rejectBuildSignal } from './contract.js';

/**
 * The durable life of one build: lease, build, gate, publish, record, release. It decides order, waiting and retry; activities do
 * the work. It completes normally whatever the build's outcome is, and a cancel from Temporal itself is taken as cancelBuild.
 */
export async function build(input: BuildInput): Promise<BuildOutput> {
  const run = new BuildRun(input.buildId);
  setHandler(cancelBuildSignal, () => run.requestCancel());
  setHandler(leaseGrantedSignal, () => run.ring());
  setHandler(approveBuildSignal, () => run.ring());
  setHandler(rejectBuildSignal, () => run.ring());
  CancellationScope.current().cancelRequested.catch(() => run.requestCancel());

  return CancellationScope.nonCancellable(() => run.execute());
}
