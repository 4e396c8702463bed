import type { BuildMethod } from '../builds/method.js';
import type { PublicationStatus } from '../builds/publication.js';
import type { ResultStatus } from '../builds/status.js';
import type { StepStatus } from '../builds/step-status.js';
import type { TriggerType } from '../builds/trigger.js';
import type { AttemptEnd } from '../dispatch/lease.js';
import type { GateStatus } from '../gates/gate-status.js';
import type { TraceContext } from './traceparent.js';

/** The record of a build that has ended, as far as its trace tells it. Names and messages are as they were stored: masked. */
export interface TracedBuild {
  readonly buildId: string;
  readonly number: number;
  readonly project: string;
  readonly method: BuildMethod;
  readonly trigger: TriggerType;
  /** Null where no request asked for it. */
  readonly requestedAt: Date | null;
  /** Of that request. */
  readonly parent: TraceContext | null;
  readonly repositoryUrl: string | null;
  readonly branch: string | null;
  readonly commit: string | null;
  readonly acceptedAt: Date;
  readonly tagsBeganAt: Date | null;
  readonly endedAt: Date;
  readonly result: ResultStatus;
  readonly failureCode: string | null;
  readonly failureStep: number | null;
  readonly imageDigest: string | null;
  /** When it waited in the queue, the time at its gate among it. */
  readonly queued: readonly { readonly from: Date; readonly to: Date }[];
  /** Null where nobody was asked. */
  readonly gate: { readonly status: GateStatus; readonly from: Date; readonly to: Date } | null;
  readonly attempts: readonly TracedAttempt[];
  readonly publications: readonly {
    readonly repository: string;
    readonly status: PublicationStatus;
    readonly startedAt: Date;
    readonly completedAt: Date | null;
  }[];
}

export interface TracedAttempt {
  readonly attempt: number;
  readonly leaseId: string;
  readonly workerId: string;
  readonly worker: string;
  readonly startedAt: Date;
  /** When its host took it up. */
  readonly takenUpAt: Date | null;
  readonly endedAt: Date | null;
  readonly end: AttemptEnd | null;
  readonly failureCode: string | null;
  readonly sourceMs: number | null;
  readonly pushMs: number | null;
  readonly steps: readonly TracedStep[];
}

export interface TracedStep {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly instruction: string | null;
  readonly status: StepStatus;
  readonly cached: boolean;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}
