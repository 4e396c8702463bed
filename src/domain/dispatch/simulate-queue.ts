import { blockingLimit, type ConcurrencyPolicy } from './limits.js';
import { type BuildNeeds, hasNeeds } from './needs.js';
import { inLine } from './order.js';

/** A build of the tenant that waits. Times are milliseconds since 1970. */
export interface WaitingBuild {
  readonly buildId: string;
  readonly projectId: string;
  readonly method: string;
  readonly needs: BuildNeeds;
  readonly dispatchAtMs: number;
  readonly createdAtMs: number;
  /** Of a back-off; it is not tried before. */
  readonly readyAtMs: number;
  readonly durationMs: number;
}

/** A lease of the tenant. */
export interface RunningBuild {
  readonly workerId: string;
  readonly projectId: string;
  readonly method: string;
  readonly endsAtMs: number;
}

/** A build host that the tenant may use. */
export interface SimulatedHost {
  readonly workerId: string;
  readonly methods: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly slots: number;
  /** Whether other tenants use it too. */
  readonly isShared: boolean;
}

/** All other tenants together: how much weight they have, how many builds wait and run, and how long one takes. */
export interface OtherTenants {
  readonly weight: number;
  readonly queued: number;
  readonly durationMs: number;
  /** When their builds end that run now, by host. */
  readonly running: readonly { readonly workerId: string; readonly endsAtMs: number }[];
}

export interface QueueModel {
  readonly nowMs: number;
  readonly tenantId: string;
  readonly policy: ConcurrencyPolicy;
  readonly waiting: readonly WaitingBuild[];
  readonly running: readonly RunningBuild[];
  readonly hosts: readonly SimulatedHost[];
  readonly others: OtherTenants;
}

type Run = { readonly workerId: string; readonly endsAtMs: number; readonly own: RunningBuild | null };

/** What is further away nobody can tell, and others take slots in between. */
const MOST_STARTS = 500;
const MOST_STEPS = 20_000;

/**
 * When each build that waits would start if every build took as long as it is expected to, by the rules of dispatch: limits, needs, order,
 * and slots shared with other tenants by weight. A build that would never start is left out, and so is what comes after
 * the first five hundred.
 */
export function simulateQueue(model: QueueModel): Map<string, number> {
  const { policy, tenantId, hosts, others } = model;
  const starts = new Map<string, number>();
  const lines = linesOf(model.waiting, model.nowMs);
  const runs: Run[] = [
    ...model.running.map((own) => ({ workerId: own.workerId, endsAtMs: own.endsAtMs, own })),
    ...others.running.map((run) => ({ ...run, own: null })),
  ];
  let nowMs = model.nowMs;
  let othersWait = others.queued;
  const free = new Map(hosts.map(({ workerId, slots }) => [workerId, slots]));
  for (const { workerId } of runs) free.set(workerId, (free.get(workerId) ?? 0) - 1);
  const start = (workerId: string, durationMs: number, own: WaitingBuild | null): void => {
    free.set(workerId, (free.get(workerId) ?? 0) - 1);
    const endsAtMs = nowMs + Math.max(1, durationMs);
    runs.push({ workerId, endsAtMs, own: own === null ? null : { ...own, workerId, endsAtMs } });
  };

  for (let step = 0; step < MOST_STEPS && starts.size < MOST_STARTS; step += 1) {
    if (lines.every((line) => line.length === 0)) break;
    const own = runs.flatMap((run) => run.own ?? []);
    const counts = own.map((run) => ({ tenantId, projectId: run.projectId, method: run.method, count: 1 }));
    const freeHosts = hosts.filter(({ workerId }) => (free.get(workerId) ?? 0) > 0);
    const next =
      freeHosts.length === 0
        ? null
        : nextOf(lines, (build) => {
            if (build.readyAtMs > nowMs) return null;
            const host = freeHosts.find((one) => fits(build, one));
            if (host === undefined || blockingLimit({ tenantId, ...build }, policy, counts) !== null)
              return null;
            return host;
          });
    const otherHost = othersWait > 0 ? freeHosts.find((host) => host.isShared) : undefined;
    const ownLoad = own.length / policy.weight;
    const otherLoad = (runs.length - own.length) / Math.max(1, others.weight);
    if (next !== null && (otherHost === undefined || ownLoad <= otherLoad)) {
      next.line.pop();
      starts.set(next.build.buildId, nowMs);
      start(next.host.workerId, next.build.durationMs, next.build);
    } else if (otherHost !== undefined) {
      othersWait -= 1;
      start(otherHost.workerId, others.durationMs, null);
    } else {
      const at = nextEvent(runs, lines, nowMs);
      if (at === null) break;
      nowMs = at;
      for (let index = runs.length - 1; index >= 0; index -= 1) {
        const run = runs[index];
        if (run === undefined || run.endsAtMs > nowMs) continue;
        runs.splice(index, 1);
        free.set(run.workerId, (free.get(run.workerId) ?? 0) + 1);
      }
    }
  }
  return starts;
}

function fits(build: WaitingBuild, host: SimulatedHost): boolean {
  return host.methods.includes(build.method) && hasNeeds(build.needs, host.labels);
}

/** One line for each project, method and needs, its head at the end. Builds in a back-off hide no others. */
function linesOf(waiting: readonly WaitingBuild[], nowMs: number): WaitingBuild[][] {
  const lines = new Map<string, WaitingBuild[]>();
  for (const build of waiting.toSorted((a, b) => inLine(b, a))) {
    const name =
      build.readyAtMs > nowMs ? build.buildId : JSON.stringify([build.projectId, build.method, build.needs]);
    const line = lines.get(name);
    if (line === undefined) lines.set(name, [build]);
    else line.push(build);
  }
  return [...lines.values()];
}

/** The first head, in line, that a host can take now. */
function nextOf(
  lines: readonly WaitingBuild[][],
  hostFor: (build: WaitingBuild) => SimulatedHost | null,
): { build: WaitingBuild; line: WaitingBuild[]; host: SimulatedHost } | null {
  let best: { build: WaitingBuild; line: WaitingBuild[]; host: SimulatedHost } | null = null;
  for (const line of lines) {
    const build = line.at(-1);
    if (build === undefined || (best !== null && inLine(best.build, build) < 0)) continue;
    const host = hostFor(build);
    if (host !== null) best = { build, line, host };
  }
  return best;
}

/** When the next run ends or the next back-off is over; null when nothing will happen. */
function nextEvent(runs: readonly Run[], lines: readonly WaitingBuild[][], nowMs: number): number | null {
  let at = Infinity;
  for (const { endsAtMs } of runs) at = Math.min(at, Math.max(nowMs, endsAtMs));
  for (const line of lines) {
    const readyAtMs = line.at(-1)?.readyAtMs ?? 0;
    if (readyAtMs > nowMs) at = Math.min(at, readyAtMs);
  }
  return at === Infinity ? null : at;
}
