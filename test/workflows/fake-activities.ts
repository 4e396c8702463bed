import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import type { LeaseRef } from '../../src/domain/dispatch/lease.js';
import type { TerminalStatus } from '../../src/domain/builds/status.js';
import type {
  ControlActivities,
  InspectActivities,
  WorkerActivities,
} from '../../workflows/activity-types.js';
import type { BuildReport, Ending, LeaseAnswer, MoveResult } from '../../workflows/contract.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** The first lease of a build; later ones count up. */
export function lease(attempt = 1): LeaseRef {
  return {
    buildId: 'b',
    attempt,
    leaseId: `00000000-0000-4000-8000-00000000000${attempt}`,
    fence: attempt,
  };
}

/** A grant as `requestLease` answers it. */
export function granted(
  attempt: number,
  workerId: string,
  over: {
    workerName?: string;
    buildTimeoutMs?: number;
    isGated?: boolean;
    needsScan?: boolean;
    isUnpublished?: true;
  } = {},
): Extract<LeaseAnswer, { kind: 'granted' }> {
  return {
    kind: 'granted',
    lease: lease(attempt),
    workerId,
    ...(over.workerName !== undefined && { workerName: over.workerName }),
    ...(over.isUnpublished === true && { isUnpublished: true }),
    stagedDigest: null,
    buildTimeoutMs: over.buildTimeoutMs ?? 60_000,
    isGated: over.isGated ?? false,
    needsScan: over.needsScan ?? false,
  };
}

/** Scripted activities that write down what the workflow asked of them. */
export class FakeKiln {
  readonly calls: string[] = [];
  ending: Ending | null = null;
  /** What requestLease answers now; tests change it and ring. */
  answer: LeaseAnswer;
  onBuild: (lease: LeaseRef, cancelled: Promise<void>) => Promise<BuildReport['result']> = () =>
    Promise.resolve('succeeded');
  onPublish: (cancelled: Promise<void>) => Promise<void> = () => Promise.resolve();
  onCleanUp: () => void = () => undefined;
  onRecord: () => void | Promise<void> = () => undefined;
  /** How many more attempts a failed run gets. */
  triesLeft = 0;
  onGate: () => boolean | 'refused' = () => true;
  onInspect: () => void = () => undefined;
  /** Open prunes, each with how many parts it has. */
  readonly prunes = new Map<string, number>();
  /** Open prunes of builds, and how many parts there are of logs. */
  readonly buildPrunes = new Map<string, number>();
  logParts = 1;
  onMoveTags: () => MoveResult | Promise<MoveResult> = () => 'moved';

  constructor(answer: LeaseAnswer) {
    this.answer = answer;
  }

  control(): ControlActivities {
    return {
      requestLease: () => Promise.resolve(this.answer),
      loseAttempt: async (lost) => {
        this.calls.push(`lose ${lost.attempt}`);
        this.answer = { kind: 'waiting', waitMs: null };
      },
      tryAgain: async (failed) => {
        if (this.triesLeft === 0) return { again: false };
        this.triesLeft -= 1;
        this.calls.push(`again ${failed.attempt}`);
        this.answer = { kind: 'waiting', waitMs: null };
        return { again: true };
      },
      passGate: async (held) => {
        this.calls.push(`gate ${held.attempt}`);
        const said = this.onGate();
        return said === 'refused' ? { open: false, refused: true } : { open: said };
      },
      moveTags: async (held) => {
        this.calls.push(`move ${held.attempt}`);
        return { result: await this.onMoveTags() };
      },
      moveTagsAgain: async (held) => {
        this.calls.push(`move ${held.attempt} again`);
        return { result: await this.onMoveTags() };
      },
      recordBuild: async ({ ending }) => {
        this.calls.push(`record ${ending.kind}`);
        this.ending = ending;
        await this.onRecord();
        return { status: STATUS[ending.kind] };
      },
      releaseLease: async (held) => {
        this.calls.push(`release ${held.attempt}`);
      },
      runTick: async ({ scheduleId, at }) => {
        this.calls.push(`tick ${scheduleId} ${at}`);
        return { status: 'started', buildId: 'build-1' };
      },
      checkBaseImages: async ({ tenantId }) => {
        this.calls.push(`check base images of ${tenantId ?? 'all'}`);
        return { images: 2, moves: 1 };
      },
      openPrunes: async () => ({ pruneIds: [...this.prunes.keys()] }),
      pruneSome: async ({ pruneId }) => {
        this.calls.push(`prune ${pruneId}`);
        const left = (this.prunes.get(pruneId) ?? 0) - 1;
        this.prunes.set(pruneId, left);
        return { isOver: left <= 0 };
      },
      openBuildPrunes: async () => ({ pruneIds: [...this.buildPrunes.keys()] }),
      pruneSomeBuilds: async ({ pruneId }) => {
        this.calls.push(`prune builds ${pruneId}`);
        const left = (this.buildPrunes.get(pruneId) ?? 0) - 1;
        this.buildPrunes.set(pruneId, left);
        return { isOver: left <= 0 };
      },
      removeSomeLogs: async () => {
        this.calls.push('remove logs');
        this.logParts -= 1;
        return { isOver: this.logParts <= 0 };
      },
      cleanUp: async () => {
        this.calls.push('clean');
        this.onCleanUp();
      },
    };
  }

  inspector(): InspectActivities {
    return {
      inspectStaged: async ({ attempt }) => {
        this.calls.push(`inspect ${attempt}`);
        this.onInspect();
      },
    };
  }

  worker(): WorkerActivities {
    return {
      buildImage: async (held) => {
        this.calls.push(`build ${held.attempt}`);
        const result = await beating((cancelled) => this.onBuild(held, cancelled));
        return { result, manifestDigest: result === 'succeeded' ? DIGEST : null };
      },
      publishImage: async ({ attempt }) => {
        this.calls.push(`publish ${attempt}`);
        await beating((cancelled) => this.onPublish(cancelled));
      },
    };
  }
}

/** Sends heartbeats, by whose answers an activity hears of its cancel. */
async function beating<T>(work: (cancelled: Promise<void>) => Promise<T>): Promise<T> {
  const context = Context.current();
  const beats = setInterval(() => context.heartbeat(), 200);
  try {
    return await work(context.cancelled.then(undefined, () => undefined));
  } finally {
    clearInterval(beats);
  }
}

const STATUS: Record<Ending['kind'], TerminalStatus> = {
  published: 'success',
  staged: 'success',
  run_failed: 'failed',
  cancelled: 'cancelled',
  queue_timeout: 'failed',
  build_timeout: 'failed',
  abandoned: 'failed',
  publish_failed: 'failed',
  not_approved: 'failed',
};

/** A failure as the activity border makes it from a KilnError. */
export function failure(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
