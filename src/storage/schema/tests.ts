import type { TestStatus } from '../../domain/tests/test-report.js';

export interface BuildTestReportsTable {
  tenant_id: string;
  build_id: string;
  attempt: number;
  passed_count: number;
  failed_count: number;
  skipped_count: number;
  suite_count: number;
  duration_milliseconds: number | null;
}

/** Cases of one attempt count from 1. */
export interface BuildTestResultsTable {
  tenant_id: string;
  build_id: string;
  attempt: number;
  case_number: number;
  suite_name: string;
  class_name: string;
  test_name: string;
  status: TestStatus;
  duration_milliseconds: number | null;
  message: string | null;
  failed_tries: number;
}
