import type { BuildTests, FlakyTests } from '../tests.js';

const sum = { suite_name: 'cart', class_name: 'cart.test_total', test_name: 'test_sum' };

export const TESTS: BuildTests = {
  report: {
    attempt: 1,
    passed_count: 41,
    failed_count: 1,
    skipped_count: 0,
    suite_count: 4,
    duration_milliseconds: 3_210,
  },
  items: [
    {
      ...sum,
      status: 'failed',
      duration_milliseconds: 12,
      message: 'assert 41 == 42',
      failed_tries: 0,
    },
    {
      ...sum,
      test_name: 'test_empty',
      status: 'passed',
      duration_milliseconds: 3,
      message: null,
      failed_tries: 0,
    },
  ],
};

export const FLAKY_TESTS: FlakyTests = {
  builds: 50,
  items: [
    {
      ...sum,
      run_count: 50,
      failed_count: 4,
      same_source_count: 2,
      retried_count: 0,
      flip_count: 7,
      last_failed_build_number: 118,
    },
  ],
};
