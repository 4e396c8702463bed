import type { RetentionPolicy } from '../builds/retention-policy.js';

/** What a build asks of its tests, in the words of its options. */
export interface AskedTests {
  /** A stage that is built before the image; of buildx alone. */
  readonly target?: string | undefined;
  /** A file or folder: of the stage, or of the image where no stage is named. */
  readonly reports?: string | undefined;
  /** Whether the build fails where a report tells of a failure. */
  readonly fail_on_failures?: boolean | undefined;
  /** How long the reports are kept. */
  readonly retention?: RetentionPolicy | undefined;
}

/** What the judged options of any method say of tests; null where they say nothing. */
export function askedTests(options: unknown): AskedTests | null {
  return (options as { readonly tests?: AskedTests }).tests ?? null;
}

/** The path of the reports inside of the built image; null where they come from a stage, or there are none. */
export function reportsInImage(options: unknown): string | null {
  const { target, reports = null } = askedTests(options) ?? {};
  return target === undefined ? reports : null;
}
