import { ERRORS, type ErrorRule, isErrorCode } from '../errors.js';
import type { BuildMethod } from './method.js';
import type { ResultStatus } from './status.js';

/** A build that has just ended. */
export interface EndedBuild {
  readonly method: BuildMethod;
  readonly result: ResultStatus;
  /** Null when it did not fail. */
  readonly failureCode: string | null;
  /** All time that it spent queued, but not held. */
  readonly queuedMs: number;
  /** Of the attempt that decided; null when none ran. */
  readonly executionMs: number | null;
}

/** `cicd.pipeline.result` of OpenTelemetry's conventions, without `skip`: Kiln skips no build that it has accepted. */
export const PIPELINE_RESULTS = ['success', 'failure', 'error', 'timeout', 'cancellation'] as const;
export type PipelineResult = (typeof PIPELINE_RESULTS)[number];

/** Kiln's own failures beside those of the infrastructure. */
const OWN_FAILURES: readonly string[] = ['quarantined', 'internal', 'workflow_lost'];

/** What the conventions call the end of a build: `error` when Kiln or what it runs on failed, `failure` when the build itself did. */
export function pipelineResult({
  result,
  failureCode,
}: Pick<EndedBuild, 'result' | 'failureCode'>): PipelineResult {
  if (result === 'cancelled') return 'cancellation';
  if (result !== 'failed') return result;
  if (failureCode === null || !isErrorCode(failureCode)) return 'failure';
  const rule: ErrorRule = ERRORS[failureCode];
  return rule.infrastructure === true || OWN_FAILURES.includes(failureCode) ? 'error' : 'failure';
}

/** `error.type` of the conventions: the code of the failure, or what they have for one that is not known. */
export function errorType(failureCode: string): string {
  return isErrorCode(failureCode) ? failureCode : '_OTHER';
}

/** `cicd.pipeline.run.state` of a build that has not ended; `held` is our own: it waits at its gate for somebody's decision. */
export const OPEN_STATES = ['pending', 'executing', 'held'] as const;
export type OpenState = (typeof OPEN_STATES)[number];
