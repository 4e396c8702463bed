import type { BuildTests } from '../../contracts/tests.js';
import { testCounts, type TestStatus } from '../../domain/tests/test-report.js';
import { testTitle } from '../../domain/tests/test-words.js';
import { oneLine } from '../progress/build-view.js';
import { stripEscapes } from '../terminal/escapes.js';
import type { Style, Tone } from '../terminal/style.js';
import { formatDuration, plural } from '../terminal/units.js';
import { wrapWords } from '../terminal/wrap.js';

type Case = BuildTests['items'][number];
type Report = NonNullable<BuildTests['report']>;

const MARKS: Readonly<Record<TestStatus, readonly [string, Tone]>> = {
  failed: ['✗', 'bad'],
  skipped: ['·', 'muted'],
  passed: ['✓', 'good'],
};
const MESSAGE_LINES = 12;
const SLOWEST = 5;

/** `41 passed, 1 failed, 2 skipped in 3.2s (4 suites)`. */
export function testTotals({ passed_count, failed_count, skipped_count, ...report }: Report): string {
  const counts = testCounts({ passed: passed_count, failed: failed_count, skipped: skipped_count });
  const took = report.duration_milliseconds === null ? '' : ` in ${duration(report.duration_milliseconds)}`;
  return `${counts}${took} (${plural(report.suite_count, 'suite')})`;
}

/** Tests of a build: failures with their messages, what was skipped, and of what passed the slowest, or all. */
export function testLines(
  { report, items }: BuildTests,
  { columns, style, all }: { readonly columns: number; readonly style: Style; readonly all: boolean },
): string[] {
  if (report === null)
    return ['The build has no test report. `tests: {reports: PATH}` in kiln.yaml names where one is.'];
  const of = (status: TestStatus): Case[] => items.filter((one) => one.status === status);
  const passed = of('passed');
  const slowest = passed
    .filter(({ duration_milliseconds: ms }) => ms !== null && ms > 0)
    .toSorted((a, b) => (b.duration_milliseconds ?? 0) - (a.duration_milliseconds ?? 0))
    .slice(0, SLOWEST);
  const shown = all ? passed : slowest;
  const count = report.passed_count + report.failed_count + report.skipped_count;
  const kept = count > items.length ? [style.dim(`${count - items.length} more are not kept.`)] : [];
  return [
    testTotals(report),
    ...group(
      'Failed',
      of('failed').flatMap((one) => caseLines(one, columns, style)),
      style,
    ),
    ...group(
      'Skipped',
      of('skipped').flatMap((one) => caseLines(one, columns, style)),
      style,
    ),
    ...group(
      all ? 'Passed' : 'Slowest that passed',
      shown.flatMap((one) => caseLines(one, columns, style)),
      style,
    ),
    ...kept,
  ];
}

function group(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...lines];
}

function caseLines(one: Case, columns: number, style: Style): string[] {
  const { suite_name: suite, class_name: className, test_name: name, duration_milliseconds: ms } = one;
  const [mark, tone] = MARKS[one.status];
  const tries =
    one.failed_tries === 0
      ? ''
      : `, failed ${one.failed_tries === 1 ? 'once' : `${one.failed_tries} times`} before`;
  const took = ms === null && tries === '' ? '' : style.dim(`  ${ms === null ? '' : duration(ms)}${tries}`);
  const head = `${style.tone[tone](mark)} ${oneLine(testTitle({ suite, className, name }))}${took}`;
  if (one.status === 'passed') return [head];
  const lines = stripEscapes(one.message ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const width = Math.max(20, columns - 4);
  const text = lines.slice(0, MESSAGE_LINES).flatMap((line) => wrapWords(line, width));
  const more =
    lines.length > MESSAGE_LINES
      ? [style.dim(`    … ${lines.length - MESSAGE_LINES} more lines; --json has all that is kept`)]
      : [];
  return [head, ...text.map((line) => `    ${line}`), ...more];
}

/** Most tests are shorter than the tenth of a second that `formatDuration` tells. */
function duration(ms: number): string {
  return ms < 1000 ? `${ms}ms` : formatDuration(ms);
}
