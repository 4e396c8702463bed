import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { keepTrying } from './keep-trying.js';
import type { LeaseHolding } from './lease-holding.js';
import { patience } from './patience.js';
import type { RunLog } from './run-log.js';

/**
 * Reads the build file of a fetched source and has the api settle what it says; the grant in the journal holds the run as it is then.
 * True when there was one. A later attempt finds the settings recorded and reads nothing.
 */
export async function applyBuildFile(
  deps: RunDeps,
  journal: Journal,
  holding: LeaseHolding,
  log: RunLog,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = journal.grant.run.build_file;
  if (wanted === null) return false;
  const file = await deps.readBuildFile(journal.workspace.context, wanted);
  if (file === null) return false;
  const run = await keepTrying(
    () => holding.effect((auth) => deps.controlPlane.recordConfig(auth, file, signal)),
    patience(deps, signal),
  ).catch(async (error: unknown) => {
    throw (await deps.placeSettings?.(error, journal.workspace.context, wanted.path)) ?? error;
  });
  await journal.saveGrant({ ...journal.grant, run });
  await log.say('config', `Settings from ${wanted.path}`);
  return true;
}
