import { type BuildPage, buildPage } from '../../src/cli/views/build-page.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import type { Attempt } from '../../src/contracts/builds.js';
import { METRICS } from '../../src/contracts/examples/build-records.js';
import { TESTS } from '../../src/contracts/examples/tests.js';
import { aBuild, aSuccess, after, CREATED_MS } from '../support/api-records.js';

const anAttempt = (attempt: number, fields: Partial<Attempt>): Attempt => ({
  attempt,
  worker_name: `host-${attempt}`,
  fence: attempt,
  started_at: after(attempt * 60),
  ended_at: null,
  ended_reason: null,
  failure_code: null,
  failure_reason: null,
  log_lines: 4,
  log_bytes: 100,
  log_sha256: null,
  log_note: null,
  ...fields,
});

const PAGE: BuildPage = {
  build: aBuild({ status: 'in_progress', attempts: 3 }),
  ...{ chain: [], steps: [], cache_misses: [], attempts: [], history: [], publications: [] },
  ...{ layers: [], base_images: [], warnings: [], artifacts: [], metrics: METRICS },
  tests: TESTS,
  queue: null,
};

test('the page of a build says of each attempt where it ran, why it ended, when it began and how long it took', () => {
  const attempts = [
    anAttempt(1, { ended_at: after(72), ended_reason: 'worker_lost', log_note: 'the rest is lost' }),
    anAttempt(2, { ended_at: after(121), ended_reason: 'failed', failure_code: 'builder_unavailable' }),
    anAttempt(3, { log_lines: 1 }),
    anAttempt(4, { ended_at: after(241), ended_reason: 'worker_removed' }),
  ];
  const canvas = { rows: 50, columns: 200, nowMs: CREATED_MS + 185_500, style: createStyle(false) };
  const lines = buildPage({ ...PAGE, attempts }, canvas);
  expect(lines.filter((line) => line.includes(' on host-')).map((line) => line.trim())).toEqual([
    `#1 on host-1: worker_lost · ${after(60)}, 12.0s · 4 log lines (the rest is lost)`,
    `#2 on host-2: failed (builder_unavailable) · ${after(120)}, 1.0s · 4 log lines`,
    `#3 on host-3: running · ${after(180)}, 5.5s · 1 log line`,
    `#4 on host-4: worker_removed (by an operator: it does not count as lost) · ${after(240)}, 1.0s · 4 log lines`,
  ]);
});

test('the page of a what-if whose details are gone names the end of its image and that of its details apart', () => {
  const removal = {
    what: 'details',
    removed_at: after(600),
    because: 'it is number 2 of the what-ifs',
  } as const;
  const build = aSuccess({ removal, result: { image_deleted_at: after(300) } });
  const canvas = { rows: 50, columns: 80, nowMs: CREATED_MS + 700_000, style: createStyle(false) };
  const lines = buildPage({ ...PAGE, build }, canvas);
  const labels = lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2, 12).trimEnd());
  expect(labels).toContain('image gone');
  expect(labels).toContain('removed');
  expect(new Set(labels).size).toBe(labels.length);
});
