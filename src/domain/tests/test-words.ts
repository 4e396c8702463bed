import type { BuildWarning } from '../builds/warning.js';
import type { ReportTrouble, TestCase, TestReport } from './test-report.js';

const NAMED = 3;

/** How a test is called in one line: its class where it has one, else its suite, and its name. */
export function testTitle({
  className,
  suite,
  name,
}: Pick<TestCase, 'className' | 'suite' | 'name'>): string {
  const place = className || suite;
  if (name === '') return place || 'a test without a name';
  return place === '' || name.startsWith(place) ? name : `${place} › ${name}`;
}

/** Why a build fails whose reports tell of failures. */
export function failedTests(report: TestReport): string {
  const { failed, passed, skipped } = report;
  const failures = report.cases.filter(({ status }) => status === 'failed').slice(0, NAMED);
  const more = failed > failures.length ? `, and ${failed - failures.length} more` : '';
  const counts = `${failed} of ${failed + passed + skipped} tests failed`;
  if (failures.length === 0) return `${counts}; the report names none of them.`;
  return `${counts}: ${failures.map(testTitle).join(', ')}${more}.`;
}

/** Why a build fails that wants to fail with its tests, of which a report does not tell all. */
export function unjudgedTests({ file, line, what }: ReportTrouble): string {
  const place = line === null ? file : `${file}, line ${line},`;
  return `The test report ${place} cannot be read: ${what}. So nobody can say whether tests failed.`;
}

/** What is odd about the reports of a build that goes on all the same. */
export function reportWarnings(
  report: TestReport | null,
  troubles: readonly ReportTrouble[],
  failsOnFailures: boolean,
): BuildWarning[] {
  const warnings = troubles.map(({ file, line, what }) => {
    const place = line === null ? file : `${file}, line ${line}`;
    return warning(
      'unreadable-report',
      `The test report ${place}: ${what}. ${report === null ? 'No test is counted' : 'What comes before it is counted'}; have the tests write JUnit XML to the path of tests.reports, whole.`,
    );
  });
  if (report !== null && report.failed > 0 && !failsOnFailures)
    warnings.push(
      warning(
        'failed-tests',
        `${failedTests(report).replace(/\.$/, '')}. The build goes on, since the step that ran them ended well: set tests.fail_on_failures to fail it.`,
      ),
    );
  return warnings;
}

function warning(rule: string, message: string): BuildWarning {
  return { foundBy: 'tests', rule, severity: 'warning', line: null, column: null, message, link: null };
}
