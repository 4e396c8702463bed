import {
  TEST_LIMITS,
  type TestCase,
  type TestReport,
  type TestStatus,
  type TestTotals,
} from './test-report.js';

type Limits = Readonly<Record<keyof typeof TEST_LIMITS, number>>;

const CUT = '…';
/** What is of most use where not all can be kept. */
const ORDER = ['failed', 'skipped', 'passed'] as const satisfies readonly TestStatus[];

/**
 * The report as it is kept: failures first, then what was skipped, then what passed, each in the order of the files; names and messages shortened,
 * `cases` and `texts` of them at most. Totals stay those of all.
 */
export function keepCases(
  cases: readonly TestCase[],
  totals: TestTotals,
  limits: Limits = TEST_LIMITS,
): TestReport {
  const kept: TestCase[] = [];
  let room = limits.texts;
  for (const status of ORDER)
    for (const one of cases) {
      if (one.status !== status || kept.length === limits.cases || room < 0) continue;
      const fitting = {
        ...one,
        suite: head(one.suite, limits.name),
        className: head(one.className, limits.name),
        name: head(one.name, limits.name),
        message: one.message === null ? null : head(one.message, limits.message),
      };
      const { suite, className, name, message } = fitting;
      room -= suite.length + className.length + name.length + (message?.length ?? 0);
      if (room >= 0) kept.push(fitting);
    }
  return { ...totals, cases: kept };
}

/** The beginning of a text; the cut is shown. */
function head(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - CUT.length)}${CUT}`;
}
