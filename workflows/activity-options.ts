import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/**
 * The one table of timeouts and retries. Control steps are local activities of the controller, repeated until the database answers;
 * the tags are moved by one of them, and by an activity where that does not do; `build` runs on a worker and is re-attached for as long as the lease lives.
 */
export const CONTROL_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: 10 * SECOND,
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 5 * SECOND },
  localRetryThreshold: 10 * SECOND,
};

/** Of a step that asks registries what they serve, for a bounded time, and then the database, for as long as it does not answer. */
export const GATE_OPTIONS: LocalActivityOptions = {
  ...CONTROL_OPTIONS,
  startToCloseTimeout: 30 * SECOND,
};

/** One try, which is the rule: a local activity that lasts holds up its workflow, and is forgotten with its tries when that is taken up elsewhere. */
export const TAG_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: 30 * SECOND,
  retry: { maximumAttempts: 1 },
};

/** The tries after that, which Temporal counts. The controller ends them by number and time, as its configuration says; this is more. */
export const TAG_AGAIN_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 30 * SECOND,
  heartbeatTimeout: 10 * SECOND,
  retry: {
    initialInterval: 500,
    backoffCoefficient: 2,
    maximumInterval: 10 * SECOND,
    maximumAttempts: 25,
  },
};

/** Tidying up after the end: given up after a while, since the build's record is written and a later sweep can repeat it. */
export const CLEANUP_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: 30 * SECOND,
  scheduleToCloseTimeout: MINUTE,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: 10 * SECOND },
  localRetryThreshold: 10 * SECOND,
};

/** WAIT_CANCELLATION_COMPLETED: after a cancel the process group is gone before the workflow goes on, unless its host has lost the lease. */
export const BUILD_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 24 * 60 * MINUTE,
  heartbeatTimeout: 5 * SECOND,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: 500, backoffCoefficient: 1.5, maximumInterval: 5 * SECOND },
};

export const PUBLISH_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 30 * MINUTE,
  scheduleToCloseTimeout: 45 * MINUTE,
  heartbeatTimeout: 5 * SECOND,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: {
    initialInterval: SECOND,
    backoffCoefficient: 2,
    maximumInterval: 15 * SECOND,
    maximumAttempts: 7,
  },
};

/** Looking into an image: the activity has a time limit of its own, under this one; a registry that is away is waited for. Somebody waits for what a killed controller had in hand. */
export const EXPLORE_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 60 * MINUTE,
  heartbeatTimeout: 15 * SECOND,
  retry: {
    initialInterval: 2 * SECOND,
    backoffCoefficient: 3,
    maximumInterval: 5 * MINUTE,
    maximumAttempts: 7,
  },
};

/** The same for a build that waits at its gate: its slot is taken meanwhile. */
export const INSPECT_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 45 * MINUTE,
  heartbeatTimeout: 30 * SECOND,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: 2 * SECOND, backoffCoefficient: 3, maximumInterval: MINUTE, maximumAttempts: 4 },
};

/** Signing, and sending what was signed to registries, which may be away. */
export const ATTEST_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 10 * MINUTE,
  heartbeatTimeout: 30 * SECOND,
  retry: {
    initialInterval: SECOND,
    backoffCoefficient: 3,
    maximumInterval: 5 * MINUTE,
    maximumAttempts: 8,
  },
};

/** Writing down that it was in vain. */
export const GIVE_UP_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 10 * SECOND,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: MINUTE },
};

/** A part of a prune, at the controller: repeated until the database answers; what registries refuse it writes down itself. */
export const PRUNE_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 3 * MINUTE,
  heartbeatTimeout: 10 * SECOND,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: MINUTE },
};

/** Asking registries where tags point, one after the other; a look that is cut short is begun again. */
export const CHECK_IMAGES_OPTIONS: ActivityOptions = {
  startToCloseTimeout: 60 * MINUTE,
  heartbeatTimeout: 10 * SECOND,
  retry: { initialInterval: SECOND, backoffCoefficient: 2, maximumInterval: MINUTE },
};

/** A queued build looks at its row again after this time even if no doorbell rang. */
export const QUEUE_RECHECK_MS = 10 * MINUTE;

/** A cancelled activity that does not end is asked for so often: of a lease that has run out no doorbell tells where no attempt follows. */
export const LEASE_RECHECK_MS = 10 * SECOND;

/** Of a build workflow's task; short, because a killed controller holds a task for this long. */
export const WORKFLOW_TASK_TIMEOUT_MS = 5 * SECOND;
