import type { WorkerJudgement } from './judge-worker.js';

/** `cicd.worker.state` of OpenTelemetry's conventions, with one of our own: a worker that is there and takes no new build. */
export const WORKER_USES = ['available', 'busy', 'refusing', 'offline'] as const;
export type WorkerUse = (typeof WORKER_USES)[number];

/** What a worker is used for. One that takes builds is busy as soon as it has one, whatever slots it has left. */
export function workerUse({ status, refusal }: WorkerJudgement, running: number): WorkerUse {
  if (status === 'offline') return 'offline';
  if (refusal !== null) return 'refusing';
  return running > 0 ? 'busy' : 'available';
}
