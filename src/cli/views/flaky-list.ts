import type { FlakyTests } from '../../contracts/tests.js';
import { testTitle } from '../../domain/tests/test-words.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { plural } from '../terminal/units.js';

/** Flaky tests as a table: how often each failed, and what says that it is flaky. */
export function flakyLines({ builds, items }: FlakyTests, project: string, style: Style): string[] {
  if (builds === 0)
    return [
      `No build of ${project} has a test report. \`tests: {reports: PATH}\` in kiln.yaml names where one is.`,
    ];
  const looked = `${plural(builds, 'build')} with reports`;
  if (items.length === 0) return [`No test of the last ${looked} passed and failed without a change.`];
  const rows = items.map((one) => [
    oneLine(testTitle({ suite: one.suite_name, className: one.class_name, name: one.test_name })),
    `${one.failed_count} of ${one.run_count} (${Math.round((one.failed_count / one.run_count) * 100)}%)`,
    evidence(one),
    one.last_failed_build_number === null ? '-' : `#${one.last_failed_build_number}`,
  ]);
  const [head = '', ...lines] = tableLines([['TEST', 'FAILED', 'WHY', 'LAST'], ...rows], Infinity);
  return [`${plural(items.length, 'test')} of the last ${looked}:`, style.dim(head), ...lines];
}

function evidence(one: FlakyTests['items'][number]): string {
  const { same_source_count: same, retried_count: retried, flip_count: flips } = one;
  const reasons = [
    same > 0 && `passed and failed with the same source (${same})`,
    retried > 0 && `passed after a failed try (${retried})`,
    flips > 2 && `changed ${flips} times`,
  ];
  return reasons.filter((reason) => reason !== false).join(', ');
}
