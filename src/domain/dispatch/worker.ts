/** build_workers.status. */
export const WORKER_STATUSES = ['healthy', 'busy', 'degraded', 'offline'] as const;
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

/** build_workers.worker_type: which runner the host uses. */
export const WORKER_TYPES = ['docker', 'kubernetes', 'local'] as const;
export type WorkerType = (typeof WORKER_TYPES)[number];
