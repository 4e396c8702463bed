import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { Audit, Recorder } from '../ports/dispatch.js';
import type { CleanUp } from './clean-up.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** A younger build may simply not have been started yet. */
const OLDER_THAN_MS = 60_000;
/** A registry that did not let a tag go for so long after the build's end (some never do) is not asked any more. */
const GIVE_UP_MS = 3_600_000;
const PAGE = 200;

/** What an audit did for a build. */
export type Repair = 'started' | 'abandoned' | 'cleaned';

export interface AuditDeps {
  readonly audit: Audit;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly workflows: Pick<BuildWorkflows, 'state' | 'start'>;
  readonly cleanUp: CleanUp;
  readonly log: LoopLog;
  readonly repaired: (buildId: string, what: Repair) => void;
  readonly everyMs: number;
  /** For so long after its end a build is left to the workflow that cleans up itself. */
  readonly cleanAfterMs: number;
}

/**
 * Sees that rows, workflows and staging agree: a build without a workflow gets one; a build whose workflow ended without a record
 * (ended by hand, or lost with Temporal's data) is recorded as abandoned, which gives its lease back; a build that ended and was not
 * cleaned up after is. `repaired` counts what is normally zero.
 */
export function startAudit(deps: AuditDeps): Loop {
  return startLoop('audit', deps.log, async () => {
    await compareWithWorkflows(deps);
    await cleanUpLeft(deps);
    return deps.everyMs;
  });
}

async function compareWithWorkflows({ audit, recorder, workflows, repaired }: AuditDeps): Promise<void> {
  const page = (after: string | null) => audit.openBuilds(OLDER_THAN_MS, after, PAGE);
  for await (const build of inPages(page, ({ buildId }) => buildId)) {
    const state = await workflows.state(build.buildId);
    if (state === 'open') continue;
    if (state === 'missing') await workflows.start(build);
    else await recorder.record(build.buildId, null, { kind: 'abandoned' });
    repaired(build.buildId, state === 'missing' ? 'started' : 'abandoned');
  }
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
