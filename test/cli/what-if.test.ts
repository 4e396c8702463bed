import { stripVTControlCharacters } from 'node:util';
import type { Build, BuildMetrics, BuildStep } from '../../src/contracts/builds.js';
import type { ImageDifference } from '../../src/contracts/images.js';
import { FINISHED_BUILD, WHAT_IF } from '../../src/contracts/examples/builds.js';
import { changesOf } from '../../src/cli/what-if-changes.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { pairedSteps } from '../../src/cli/views/paired-steps.js';
import { whatIfLines, type WhatIfReport } from '../../src/cli/views/what-if-report.js';

const METRICS: BuildMetrics = {
  ...{ total_duration_seconds: 9, docker_build_duration_seconds: 6, docker_push_duration_seconds: 1 },
  ...{ peak_memory_usage_mb: null, cpu_usage_percent: null, disk_read_bytes: null, disk_write_bytes: null },
  ...{
    total_layers: 3,
    reused_layers: 2,
    new_layers: 1,
    final_image_size_bytes: 3_000_000,
    compression_ratio: null,
  },
};

const aStep = (name: string, ms: number, cached = false): BuildStep =>
  ({
    ...{ attempt: 1, step_number: 1, step_name: name, instruction_type: 'RUN', cached },
    duration_milliseconds: ms,
  }) as BuildStep;

const timed = (build: Build, execution: number, push: number | null): Build => ({
  ...build,
  status: 'success',
  result: {
    ...build.result,
    ...{ queue_wait_milliseconds: 100, build_execution_milliseconds: execution },
    ...{ artifact_push_milliseconds: push, total_duration_milliseconds: execution + 100 },
  },
});

const image = (digest: string, bytes: number): ImageDifference['before'] => ({
  ...{ id: '00000000-0000-4000-8000-000000000001', manifest_digest: digest, platform: 'linux/amd64' },
  ...{ compressed_size_bytes: bytes, uncompressed_size_bytes: 3 * bytes },
});

function aReport(over: Partial<ImageDifference> = {}): WhatIfReport {
  return {
    changes: { base: { 'docker.io/library/alpine:3.20': 'docker.io/library/alpine:3.21' }, no_cache: true },
    before: {
      build: timed(FINISHED_BUILD, 8_000, 900),
      metrics: METRICS,
      packages_count: 14,
      steps: [aStep('[2/3] RUN npm ci --omit=dev', 100, true), aStep('[3/3] RUN npm test', 3_000)],
    },
    after: {
      build: timed(WHAT_IF, 6_500, null),
      metrics: { ...METRICS, total_layers: 4 },
      packages_count: 15,
      steps: [aStep('[2/3] RUN npm ci --omit=dev', 4_200), aStep('[3/3] RUN npm test', 3_000)],
    },
    difference: {
      before: image('sha256:aaa', 3_000_000),
      after: image('sha256:bbb', 2_500_000),
      layers: [],
      settings: [{ setting: 'env NODE_VERSION', before: '20.1', after: '20.2' }],
      packages: [
        { name: 'busybox', before: '1.36.1-r29', after: '1.37.0-r8' },
        { name: 'libssl3', before: null, after: '3.3.2-r4' },
      ],
      files: null,
      ...over,
    },
  };
}

const lines = (columns: number, report = aReport(), colour = false): string[] =>
  whatIfLines(report, { columns, style: createStyle(colour) });

test('80 columns show both builds, and by how much they differ', () => {
  expect(lines(80).join('\n')).toMatchInlineSnapshot(`
    "app#4 is app#3 with docker.io/library/alpine:3.21 in place of
      docker.io/library/alpine:3.20, no cache. It is not published.

                                    app#3   app#4
    Time
      in the queue                   0.1s    0.1s
      on its host                    8.0s    6.5s      -1.5s
      the builder                    6.0s    6.0s
      to staging                     1.0s    1.0s
      publication                    0.9s       -
      in all                         8.1s    6.6s      -1.5s
    Slowest steps
      [2/3] RUN npm ci --omit=dev    0.1s    4.2s      +4.1s
      [3/3] RUN npm test             3.0s    3.0s
    Cache
      steps                             2       2
      from a cache                      1       0         -1
      layers reused                     2       2
    Image
      compressed                   3.0 MB  2.5 MB  -500.0 kB
      unpacked                     9.0 MB  7.5 MB    -1.5 MB
      layers                            3       4         +1
      packages                         14      15         +1

    Settings
    ~ env NODE_VERSION  20.1 -> 20.2

    Packages
    ~ busybox  1.36.1-r29 -> 1.37.0-r8
    + libssl3  3.3.2-r4

    Files
      Kiln has not looked into both of them; \`kiln layers\` says more."
  `);
});

test('40 columns show both builds', () => {
  expect(lines(40).join('\n')).toMatchInlineSnapshot(`
    "app#4 is app#3 with
      docker.io/library/alpine:3.21 in place
      of docker.io/library/alpine:3.20, no
      cache. It is not published.

                               app#3   app#4
    Time
      in the queue              0.1s    0.1s
      on its host               8.0s    6.5s
      the builder               6.0s    6.0s
      to staging                1.0s    1.0s
      publication               0.9s       -
      in all                    8.1s    6.6s
    Slowest steps
      [2/3] RUN npm ci --om…    0.1s    4.2s
      [3/3] RUN npm test        3.0s    3.0s
    Cache
      steps                        2       2
      from a cache                 1       0
      layers reused                2       2
    Image
      compressed              3.0 MB  2.5 MB
      unpacked                9.0 MB  7.5 MB
      layers                       3       4
      packages                    14      15

    Settings
    ~ env NODE_VERSION  20.1 -> 20.2

    Packages
    ~ busybox  1.36.1-r29 -> 1.37.0-r8
    + libssl3  3.3.2-r4

    Files
      Kiln has not looked into both of
        them; \`kiln layers\` says more."
  `);
});

test.each([30, 40, 56, 80, 200])('no line is wider than %i columns, with and without colours', (columns) => {
  for (const colour of [false, true]) {
    const all = lines(columns, aReport(), colour);
    expect(Math.max(...all.map(displayWidth))).toBeLessThanOrEqual(columns);
    expect(all.map((line) => stripVTControlCharacters(line))).toEqual(lines(columns));
  }
});

test('colours tell what has become better and what worse', () => {
  const all = lines(80, aReport(), true);
  const { good, warn } = createStyle(true).tone;
  expect(all.find((line) => line.includes('compressed'))).toContain(good('').slice(0, 3));
  expect(all.find((line) => line.includes('RUN npm ci'))).toContain(warn('').slice(0, 3));
});

test('nothing is said of the steps of a build whose details retention has removed, and why', () => {
  const report = aReport();
  const removal = { what: 'details', removed_at: '2026-11-01T00:00:00.000Z', because: 'it is old' } as const;
  const before = { ...report.before, build: { ...report.before.build, removal }, steps: [] };
  const lines = whatIfLines({ ...report, before }, { columns: 80, style: createStyle(false) });
  expect(lines.join(' ')).toContain('only its record is left: it is old');
  const row = lines.find((line) => line.trim().startsWith('from a cache'));
  expect(row?.trim().split(/ {2,}/)).toEqual(['from a cache', '-', '0']);
});

test('the same image is said to be the same', () => {
  const same = image('sha256:aaa', 3_000_000);
  expect(lines(80, aReport({ after: same }))).toContain('Both images are the same, byte for byte.');
});

test('options become changes', () => {
  const given = { base: ['a:1=b:2'], cache: false, platform: ['linux/arm64'], arg: ['A=x=y'], target: 't' };
  expect(changesOf({ ...given, method: 'kaniko' })).toEqual({
    ...{ base: { 'a:1': 'b:2' }, method: 'kaniko', no_cache: true, platforms: ['linux/arm64'] },
    ...{ build_args: { A: 'x=y' }, target_stage: 't' },
  });
  expect(changesOf({ cache: true })).toEqual({});
  expect(() => changesOf({ arg: ['A'] })).toThrow('--arg "A" names no value.');
});

test('a step with other values in its name is the one at its place, and never one of several', () => {
  const steps = (...named: [string, number][]) =>
    named.map(([step_name, duration_milliseconds]) => ({ step_name, duration_milliseconds }));
  const paired = pairedSteps(
    steps(
      ['[slim 1/3] FROM a:1', 1],
      ['[slim 2/3] RUN echo 1', 2],
      ['export', 3],
      ['[2/2] COPY x /', 4],
      ['[2/2] COPY y /', 5],
      ['[3/3] RUN gone', 6],
    ),
    steps(
      ['[slim 1/3] FROM b:1', 10],
      ['[slim 2/3] RUN echo 2', 20],
      ['export', 30],
      ['[2/2] COPY z /', 40],
      ['[3/3] COPY new', 60],
    ),
  );
  expect(paired.map(({ name, values }) => [name, ...values])).toEqual([
    ['export', 3, 30],
    ['[2/2] COPY x /', 4, null],
    ['[2/2] COPY y /', 5, null],
    ['[3/3] RUN gone', 6, null],
    ['[slim 1/3] FROM b:1', 1, 10],
    ['[slim 2/3] RUN echo 2', 2, 20],
    ['[2/2] COPY z /', null, 40],
    ['[3/3] COPY new', null, 60],
  ]);
});
