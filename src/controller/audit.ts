import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { Audit, OpenBuild, Recorder } from '../ports/dispatch.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** A younger build may simply not have been started yet. */
const OLDER_THAN_MS = 60_000;
const PAGE = 200;

/**
 * Sees that rows and workflows agree: a build without a workflow gets one; a build whose workflow ended without a record (ended by
 * hand, or lost with Temporal's data) is recorded as abandoned, which gives its lease back. `repaired` counts what is normally zero.
 */
export function startAudit(deps: {
  readonly audit: Audit;
  readonly recorder: Recorder;
  readonly workflows: BuildWorkflows;
  readonly log: LoopLog;
  readonly repaired: (buildId: string, what: 'started' | 'abandoned') => void;
  readonly everyMs: number;
}): Loop {
  return startLoop('audit', deps.log, async () => {
    for (let after: string | null = null; ;) {
      const builds: OpenBuild[] = await deps.audit.openBuilds(OLDER_THAN_MS, after, PAGE);
      for (const build of builds) {
        const state = await deps.workflows.state(build.buildId);
        if (state === 'open') continue;
        if (state === 'missing') await deps.workflows.start(build);
        else await deps.recorder.record(build.buildId, null, { kind: 'abandoned' });
        deps.repaired(build.buildId, state === 'missing' ? 'started' : 'abandoned');
      }
      after = builds.at(-1)?.buildId ?? null;
      if (builds.length < PAGE || after === null) return deps.everyMs;
    }
  });
}
