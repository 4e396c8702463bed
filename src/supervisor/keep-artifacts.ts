import path from 'node:path';
import type { KeptArtifact } from '../domain/builds/artifact.js';
import type { RunFailure } from '../domain/builds/outcome.js';
import { KilnError, toKilnError } from '../domain/errors.js';
import { formatBytes } from '../domain/format-bytes.js';
import { limitAndRemedy } from '../domain/limits/how-to-raise.js';
import type { ArtifactTar } from '../ports/engine.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { keepTrying } from './keep-trying.js';
import type { LeaseHolding } from './lease-holding.js';
import { masked } from './masking.js';
import { Masks } from './masks.js';
import { patience } from './patience.js';
import type { RunLog } from './run-log.js';

type Sends = Pick<RunDeps, 'controlPlane' | 'limits'>;

/** What test reports are written with: a secret that is such a word would make a report unreadable. */
const WORDS_OF_REPORTS = new Set([
  ...['testsuite', 'testsuites', 'testcase', 'failure', 'failures', 'errors', 'skipped', 'disabled'],
  ...['properties', 'property', 'system-out', 'system-err', 'classname', 'assertions', 'timestamp'],
  ...['hostname', 'package', 'message', 'version', 'encoding'],
]);

/** Takes what the plan keeps, and `more`, test reports without what the log hides, sends it to the api until the signal fires, and says so in the log. Nothing where there is nothing to be kept. */
export async function keepArtifacts(
  deps: Sends & Pick<RunDeps, 'takeArtifacts'>,
  journal: Journal,
  holding: LeaseHolding,
  log: Pick<RunLog, 'say'>,
  masks: Masks,
  more: readonly ArtifactTar[] = [],
  signal: AbortSignal = holding.signal,
): Promise<readonly KeptArtifact[]> {
  const tars = [...(journal.state.plan?.keeps ?? []), ...more];
  if (tars.length === 0 || deps.takeArtifacts === undefined) return [];
  const { value: maxBytes } = journal.limits.artifact_max_bytes;
  const kept = await deps
    .takeArtifacts(tars, journal.workspace.artifacts, maxBytes, (report) => masked(report, ofReports(masks)))
    .catch((thrown: unknown) => {
      const error = toKilnError(thrown);
      throw error.code === 'artifact_too_large'
        ? new KilnError(error.code, { message: tooLarge(journal) })
        : error;
    });
  await sendArtifacts(deps, journal, holding, kept, signal);
  for (const { name, sizeBytes, sha256 } of kept)
    await log.say(`artifact ${name}`, `Kept ${name} (${formatBytes(sizeBytes)}, sha256:${sha256})`);
  return kept;
}

function ofReports(masks: Masks): Masks {
  const hiding = new Masks();
  for (const pattern of masks.patterns)
    if (!WORDS_OF_REPORTS.has(pattern.toString('latin1'))) hiding.addPattern(pattern);
  return hiding;
}

/** A failure that is about the limit of artifacts, with the limit of this build and how to raise it. */
export function withArtifactLimit(failure: RunFailure, journal: Journal): RunFailure {
  return failure.code === 'artifact_too_large' ? { ...failure, message: tooLarge(journal) } : failure;
}

function tooLarge({ limits }: Journal): string {
  return `What is to be kept of the build has more than ${limitAndRemedy('artifact_max_bytes', limits.artifact_max_bytes)}`;
}

/** Sends the bytes of artifacts, which lie in the workspace until the run has a report, until they are stored. */
export async function sendArtifacts(
  deps: Sends,
  { workspace }: Journal,
  holding: LeaseHolding,
  artifacts: readonly KeptArtifact[],
  signal: AbortSignal = holding.signal,
): Promise<void> {
  for (const { sha256, sizeBytes } of artifacts)
    await keepTrying(
      () =>
        holding.effect((auth) =>
          deps.controlPlane.putArtifact(
            auth,
            { sha256, sizeBytes },
            path.join(workspace.artifacts, sha256),
            signal,
          ),
        ),
      patience(deps, signal),
    );
}
