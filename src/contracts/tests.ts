import { z } from 'zod';
import { TEST_LIMITS, TEST_STATUSES } from '../domain/tests/test-report.js';
import { BUILD_ID, PROJECT } from './examples/names.js';
import { FLAKY_TESTS, TESTS } from './examples/tests.js';
import { operation } from './operation.js';
import { buildParams, projectParams } from './parameters.js';

const count = z.int().min(0);
const durationMilliseconds = count.nullable().describe('null where the reports do not tell');

const names = {
  suite_name: z.string().describe('the innermost suite; empty where it has no name'),
  class_name: z.string().describe('empty where the report names none'),
  test_name: z.string(),
};

/** What the test reports of a build say. */
export const BuildTests = z.strictObject({
  report: z
    .strictObject({
      attempt: z.int().min(1),
      passed_count: count,
      failed_count: count,
      skipped_count: count,
      suite_count: count,
      duration_milliseconds: durationMilliseconds,
    })
    .nullable()
    .describe(
      'of all cases, also of those that are not kept; null where the build has no report that could be read',
    ),
  items: z.array(
    z.strictObject({
      ...names,
      status: z.enum(TEST_STATUSES),
      duration_milliseconds: durationMilliseconds,
      message: z.string().nullable().describe('why it failed or was skipped'),
      failed_tries: count.describe('how often it failed in this run besides how it ended'),
    }),
  ),
});
export type BuildTests = z.infer<typeof BuildTests>;

/** Tests whose result cannot be relied on. */
export const FlakyTests = z.strictObject({
  builds: count.describe('how many builds with reports were looked at'),
  items: z.array(
    z.strictObject({
      ...names,
      run_count: z.int().min(1).describe('builds in which it passed or failed'),
      failed_count: count.describe('of them, those in which it failed'),
      same_source_count: count.describe('commits or uploads with which it both passed and failed'),
      retried_count: count.describe('builds in which it passed after it had failed'),
      flip_count: count.describe('how often it ended differently than in the build before'),
      last_failed_build_number: z.int().min(1).nullable(),
    }),
  ),
});
export type FlakyTests = z.infer<typeof FlakyTests>;

export const listTests = operation({
  id: 'listTests',
  method: 'get',
  path: '/v1/builds/:build/tests',
  tag: 'builds',
  summary: 'What the test reports of a build say',
  description: `Totals, and the cases: failures first, then what was skipped. At most ${TEST_LIMITS.cases} cases of a build are kept.`,
  auth: 'token',
  params: buildParams,
  query: z.strictObject({
    status: z.enum(TEST_STATUSES).optional(),
    limit: z.coerce.number<string>().int().min(1).max(TEST_LIMITS.cases).default(1000),
  }),
  responses: { 200: { description: 'As it was kept.', schema: BuildTests } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, query: { limit: '2' }, answer: { status: 200, body: TESTS } },
});

export const listFlakyTests = operation({
  id: 'listFlakyTests',
  method: 'get',
  path: '/v1/projects/:project/flaky-tests',
  tag: 'projects',
  summary: 'Tests of a project that pass and fail without a change',
  description:
    'Those that both passed and failed with the same commit or upload, that passed after a failed try of the same run, or that changed more than twice.',
  auth: 'token',
  params: projectParams,
  query: z.strictObject({
    builds: z.coerce
      .number<string>()
      .int()
      .min(2)
      .max(500)
      .default(50)
      .describe('how many of the newest builds with reports'),
    limit: z.coerce.number<string>().int().min(1).max(1000).default(100),
  }),
  responses: { 200: { description: 'What counts most first.', schema: FlakyTests } },
  errors: ['not_found'],
  example: {
    params: { project: PROJECT },
    query: { builds: '50' },
    answer: { status: 200, body: FLAKY_TESTS },
  },
});
