import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { Audit, Dispatcher, Recorder } from '../ports/dispatch.js';
import type { CleanUp } from './clean-up.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** A younger build may simply not have been started yet, and a younger end not have reached its workflow. */
const OLDER_THAN_MS = 60_000;
/** A registry that did not let a tag go for so long after the build's end (some never do) is not asked any more. */
const GIVE_UP_MS = 3_600_000;
const PAGE = 200;

/**
 * What an audit did. `started`, `abandoned`, `cleaned`: for a build; `rung`: a workflow was told that its build is over; `terminated`: one
 * that has no build; `released`: a lease of a build that is over; `recounted`: the slots of a host.
 */
export const REPAIRS = [
  'started',
  'abandoned',
  'cleaned',
  'rung',
  'terminated',
  'released',
  'recounted',
] as const;
export type Repair = (typeof REPAIRS)[number];

export interface AuditDeps {
  readonly audit: Audit;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly dispatcher: Pick<Dispatcher, 'release'>;
  readonly workflows: Pick<
    BuildWorkflows,
    'state' | 'start' | 'openBuilds' | 'signalLeaseGranted' | 'terminate'
  >;
  readonly cleanUp: CleanUp;
  readonly log: LoopLog;
  /** `of`: the build, or the name of the host. */
  readonly repaired: (of: string, what: Repair) => void;
  readonly everyMs: number;
  /** For so long after its end a build is left to the workflow that cleans up itself. */
  readonly cleanAfterMs: number;
}

/**
 * Sees that rows, workflows, leases and staging agree: a build without a workflow gets one; a build whose workflow ended without a record
 * (ended by hand, or lost with Temporal's data) is recorded as abandoned, which gives its lease back; a workflow whose build is over asks
 * its row again, and one without a build is terminated; a lease of a build that is over is given back; a build that ended and was not
 * cleaned up after is. `repaired` counts what is normally zero.
 */
export function startAudit(deps: AuditDeps): Loop {
  return startLoop('audit', deps.log, async () => {
    const running = await deps.workflows.openBuilds(OLDER_THAN_MS);
    await compareRows(deps, running);
    await compareWorkflows(deps, [...running]);
    await giveBackLeases(deps);
    await cleanUpLeft(deps);
    return deps.everyMs;
  });
}

/** Only builds that Temporal does not list as running are asked for one by one: a long queue costs a list. */
async function compareRows(
  { audit, recorder, workflows, repaired }: AuditDeps,
  running: ReadonlySet<string>,
): Promise<void> {
  const page = (after: string | null) => audit.openBuilds(OLDER_THAN_MS, after, PAGE);
  for await (const build of inPages(page, ({ buildId }) => buildId)) {
    if (running.has(build.buildId)) continue;
    const state = await workflows.state(build.buildId);
    if (state === 'open') continue;
    if (state === 'missing') await workflows.start(build);
    else await recorder.record(build.buildId, null, { kind: 'abandoned' });
    repaired(build.buildId, state === 'missing' ? 'started' : 'abandoned');
  }
}

/** A workflow may still be cleaning up after the end of its build. */
async function compareWorkflows(
  { audit, workflows, repaired, cleanAfterMs }: AuditDeps,
  running: readonly string[],
): Promise<void> {
  for (let from = 0; from < running.length; from += PAGE) {
    const { ended, unknown } = await audit.withoutRow(running.slice(from, from + PAGE), cleanAfterMs);
    for (const buildId of ended) {
      if ((await workflows.state(buildId)) !== 'open') continue;
      await workflows.signalLeaseGranted(buildId);
      repaired(buildId, 'rung');
    }
    for (const buildId of unknown) {
      if ((await workflows.state(buildId)) !== 'open') continue;
      await workflows.terminate(buildId, 'Kiln knows no such build.');
      repaired(buildId, 'terminated');
    }
  }
}

async function giveBackLeases({ audit, dispatcher, repaired }: AuditDeps): Promise<void> {
  for (const lease of await audit.ownerlessLeases(OLDER_THAN_MS, PAGE)) {
    await dispatcher.release(lease);
    repaired(lease.buildId, 'released');
  }
  for (const worker of await audit.recountSlots()) repaired(worker, 'recounted');
}

async function cleanUpLeft({ audit, cleanUp, cleanAfterMs, repaired }: AuditDeps): Promise<void> {
  const times = { olderThanMs: cleanAfterMs, giveUpMs: GIVE_UP_MS };
  const page = (after: string | null) => audit.uncleanBuilds(times, after, PAGE);
  for await (const buildId of inPages(page, (id) => id)) {
    if (await cleanUp(buildId)) repaired(buildId, 'cleaned');
  }
}

async function* inPages<Item>(
  read: (after: string | null) => Promise<readonly Item[]>,
  idOf: (item: Item) => string,
): AsyncGenerator<Item> {
  for (let after: string | null = null; ;) {
    const items: readonly Item[] = await read(after);
    yield* items;
    const last = items.at(-1);
    if (last === undefined || items.length < PAGE) return;
    after = idOf(last);
  }
}
