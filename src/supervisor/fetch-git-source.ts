import type { GitCredential } from '../ports/secrets.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { keepTrying } from './keep-trying.js';
import type { LeaseHolding } from './lease-holding.js';
import { patience } from './patience.js';
import type { RunLog } from './run-log.js';

const FETCH_TRIES = 3;

/** The first attempt decides which commit the source is, before anything is built from it; the others take that one. */
export async function fetchGitSource(
  deps: RunDeps,
  journal: Journal,
  holding: LeaseHolding,
  log: RunLog,
  credential: GitCredential | null,
  signal: AbortSignal,
): Promise<void> {
  const { workspace, state, grant } = journal;
  const { source } = grant.run;
  if (source.kind !== 'git') return;
  const commit = state.source?.commit ?? grant.run.git_commit;
  const what = commit ?? source.ref ?? 'its default branch';
  await log.say('source', `Fetching ${source.url} at ${what}`);
  const fetched = await keepTrying(
    () =>
      deps.fetchGit({
        source,
        commit,
        credential,
        contextFolder: workspace.context,
        scratchFolder: workspace.source,
        signal,
        limits: journal.limits,
      }),
    { ...patience(deps, signal), tries: FETCH_TRIES },
  );
  await journal.save({ source: fetched });
  await keepTrying(
    () => holding.effect((auth) => deps.controlPlane.recordSource(auth, fetched, signal)),
    patience(deps, signal),
  );
  await log.say('commit', `Commit ${fetched.commit}: ${fetched.message ?? ''}`.trimEnd());
}
