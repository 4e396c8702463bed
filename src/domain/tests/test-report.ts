/** How a test ended. An error, which some tools tell apart from a failure, is one. */
export const TEST_STATUSES = ['passed', 'failed', 'skipped'] as const;
export type TestStatus = (typeof TEST_STATUSES)[number];

/** What is kept of the reports of one build; texts in UTF-16 units. Names are widths of columns (migration 033). */
export const TEST_LIMITS = {
  cases: 10_000,
  name: 500,
  message: 4000,
  /** Of the names and messages of all cases together. */
  texts: 6_000_000,
} as const;

/** What is passed on before secrets are masked, which a cut would hide half of: the ends of texts go after that. */
export const UNMASKED_TEST_LIMITS = { cases: 10_000, name: 2000, message: 8000, texts: 24_000_000 } as const;

/** One test of one build. */
export interface TestCase {
  /** The innermost suite that it is in; empty where that has no name. */
  readonly suite: string;
  /** What most tools call the class; empty where the report names none. */
  readonly className: string;
  readonly name: string;
  readonly status: TestStatus;
  /** Null where the report does not tell. */
  readonly durationMs: number | null;
  /** Why it failed or was skipped; null where the report does not tell. */
  readonly message: string | null;
  /** How often it failed before it passed, or failed once more, in the same run. */
  readonly failedTries: number;
}

/** How the tests of a build ended together; counts are of all cases, also of those that are not kept. */
export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly suites: number;
  /** The sum of the cases; null where none tells. */
  readonly durationMs: number | null;
}

/** What the reports of one attempt say. */
export interface TestReport extends TestTotals {
  readonly cases: readonly TestCase[];
}

/** Why a file is no report that can be read, or only up to a place. */
export interface ReportTrouble {
  /** As the report is named, or its path inside of the folder. */
  readonly file: string;
  /** From 1; null where it is about the whole file. */
  readonly line: number | null;
  readonly what: string;
}

/** `41 passed, 1 failed, 2 skipped`. */
export function testCounts({
  passed,
  failed,
  skipped,
}: Pick<TestTotals, 'passed' | 'failed' | 'skipped'>): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
