import { type BuildNeeds, hasNeeds } from './needs.js';

/** A worker with what decides whether a build may go there. */
export interface WorkerOffer {
  readonly workerId: string;
  readonly workerName: string;
  /** Null: shared by all tenants. */
  readonly tenantId: string | null;
  readonly methods: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly freeSlots: number;
}

/**
 * The worker for a build: one that it has not tried before if there is one, then the one that built its project last, then the one with
 * most free slots. Null when none fits; no build waits for a host that it would rather have.
 */
export function chooseWorker(
  build: { readonly tenantId: string; readonly method: string; readonly needs: BuildNeeds },
  workers: readonly WorkerOffer[],
  triedWorkerIds: ReadonlySet<string>,
  lastWorkerId: string | null = null,
): WorkerOffer | null {
  const fitting = workers.filter(
    (worker) =>
      worker.freeSlots > 0 &&
      worker.methods.includes(build.method) &&
      hasNeeds(build.needs, worker.labels) &&
      (worker.tenantId === null || worker.tenantId === build.tenantId),
  );
  const [first] = fitting.sort(
    (a, b) =>
      Number(triedWorkerIds.has(a.workerId)) - Number(triedWorkerIds.has(b.workerId)) ||
      Number(b.workerId === lastWorkerId) - Number(a.workerId === lastWorkerId) ||
      b.freeSlots - a.freeSlots ||
      (a.workerName < b.workerName ? -1 : 1),
  );
  return first ?? null;
}
