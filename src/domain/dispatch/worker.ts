/** build_workers.status. */
export const WORKER_STATUSES = ['healthy', 'busy', 'degraded', 'offline'] as const;
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

/** build_workers.worker_type: which runner the host uses. */
export const WORKER_TYPES = ['docker', 'kubernetes', 'local'] as const;
export type WorkerType = (typeof WORKER_TYPES)[number];

/** build_workers.scheduling: what people want of a worker. One that drains is cordoned until its builds have ended, and then is empty. */
export const SCHEDULINGS = ['open', 'cordoned', 'draining'] as const;
export type Scheduling = (typeof SCHEDULINGS)[number];

/** worker_intervals.state; a busy worker is up. */
export const WORKER_STATES = ['up', 'degraded', 'offline'] as const;
export type WorkerState = (typeof WORKER_STATES)[number];
