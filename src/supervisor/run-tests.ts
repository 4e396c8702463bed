import path from 'node:path';
import { type KeptArtifact, TEST_REPORT_NAME } from '../domain/builds/artifact.js';
import type { InspectedImage, RunFailure } from '../domain/builds/outcome.js';
import type { BuildWarning } from '../domain/builds/warning.js';
import { KilnError } from '../domain/errors.js';
import { type AskedTests, askedTests, reportsInImage } from '../domain/tests/asked-tests.js';
import { keepCases } from '../domain/tests/keep-cases.js';
import { type ReportTrouble, testCounts, type TestReport } from '../domain/tests/test-report.js';
import { failedTests, reportWarnings, unjudgedTests } from '../domain/tests/test-words.js';
import type { ArtifactTar } from '../ports/engine.js';
import type { RegistryCredential } from '../ports/secrets.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { keepTrying } from './keep-trying.js';
import { maskText } from './masking.js';
import type { Masks } from './masks.js';
import { failureOf } from './outcome.js';
import { patience } from './patience.js';
import type { RunLog } from './run-log.js';

/** What the reports of a run come to. */
export interface TestVerdict {
  readonly tests: TestReport | null;
  readonly warnings: readonly BuildWarning[];
  /** Where the build wants to fail with its tests, and one has failed, or a report does not tell. */
  readonly failure: RunFailure | null;
}

const NONE: TestVerdict = { tests: null, warnings: [], failure: null };

/** The tar with the reports that the options name inside of the image; none where they name a stage, or nothing. Repeatable. */
export async function takeReports(
  deps: Pick<RunDeps, 'takeFromImage' | 'engineFor' | 'limits'>,
  journal: Journal,
  image: InspectedImage,
  credentials: () => Promise<readonly RegistryCredential[]>,
  signal: AbortSignal,
): Promise<readonly ArtifactTar[]> {
  const { takeFromImage } = deps;
  const reports = reportsInImage(optionsOf(deps, journal));
  if (reports === null || takeFromImage === undefined) return [];
  const tar = path.join(journal.workspace.work, 'reports-of-image.tar');
  const maxBytes = journal.limits.artifact_max_bytes.value;
  await keepTrying(
    async () => takeFromImage(image, reports, { tar, maxBytes }, await credentials(), signal),
    { ...patience(deps, signal), tries: deps.limits.inspectTries },
  );
  return [{ path: tar, artifacts: [{ name: TEST_REPORT_NAME, type: 'test_report' }] }];
}

/** Reads the reports among what was kept, and says in the log what they come to. Secrets are masked in all that comes back. */
export async function readTests(
  deps: Pick<RunDeps, 'readTestReports' | 'engineFor'>,
  journal: Journal,
  artifacts: readonly KeptArtifact[],
  masks: Masks,
  log: Pick<RunLog, 'say'>,
): Promise<TestVerdict> {
  const kept = artifacts.find(({ type }) => type === 'test_report');
  if (kept === undefined || deps.readTestReports === undefined) return NONE;
  const file = path.join(journal.workspace.artifacts, kept.sha256);
  const read = await deps.readTestReports(kept, file);
  const tests = read.report === null ? null : masked(read.report, masks);
  const fails = askedTests(optionsOf(deps, journal))?.fail_on_failures === true;
  const warnings = reportWarnings(tests, read.troubles, fails);
  if (tests !== null) await log.say('tests', `Tests: ${testCounts(tests)}`);
  for (const [at, { message }] of warnings.entries())
    await log.say(`tests ${at}`, maskText(message, masks), 'WARN');
  const error = fails ? judgement(tests, read.troubles, masks) : null;
  return { tests, warnings, failure: error === null ? null : failureOf(error, 'tests') };
}

/** What speaks against the tests of a build that wants to fail with them; null where nothing does. */
function judgement(
  tests: TestReport | null,
  [trouble]: readonly ReportTrouble[],
  masks: Masks,
): KilnError | null {
  if (tests !== null && tests.failed > 0)
    return new KilnError('tests_failed', { message: failedTests(tests) });
  if (trouble === undefined) return null;
  return new KilnError('report_unreadable', { message: maskText(unjudgedTests(trouble), masks) });
}

function optionsOf(
  { engineFor }: Pick<RunDeps, 'engineFor'>,
  { grant: { run } }: Journal,
): { readonly tests?: AskedTests } {
  return engineFor(run.build_method).parseOptions(run.options) as { tests?: AskedTests };
}

function masked({ cases, ...totals }: TestReport, masks: Masks): TestReport {
  const hide = (text: string): string => maskText(text, masks);
  return keepCases(
    cases.map((one) => ({
      ...one,
      suite: hide(one.suite),
      className: hide(one.className),
      name: hide(one.name),
      message: one.message === null ? null : hide(one.message),
    })),
    totals,
  );
}
