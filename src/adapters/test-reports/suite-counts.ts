type Attributes = Readonly<Record<string, string | undefined>>;

/** How many tests ended how, as a suite says of itself. */
export interface SuiteCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Takes the counts of suites that have no cases: each test once, by the innermost suite that tells of it. */
export class CountedSuites {
  readonly #open: { readonly told: SuiteCounts; isCounted: boolean }[] = [];

  constructor(private readonly onCounts: (counts: SuiteCounts) => void) {}

  opened(attributes: Attributes): void {
    this.#open.push({ told: countsOf(attributes), isCounted: false });
  }

  /** A case says more than counts do. */
  sawCase(): void {
    const suite = this.#open.at(-1);
    if (suite !== undefined) suite.isCounted = true;
  }

  closed(): void {
    const suite = this.#open.pop();
    if (suite === undefined) return;
    const { passed, failed, skipped } = suite.told;
    const isTold = !suite.isCounted && passed + failed + skipped > 0;
    if (isTold) this.onCounts(suite.told);
    if (isTold || suite.isCounted) this.sawCase();
  }
}

function countsOf({ tests, failures, errors, skipped, disabled }: Attributes): SuiteCounts {
  const failed = count(failures) + count(errors);
  const leftOut = count(skipped) + count(disabled);
  return { passed: Math.max(0, count(tests) - failed - leftOut), failed, skipped: leftOut };
}

/** What is no number, or one that no column holds, counts nothing. */
function count(text: string | undefined): number {
  return text !== undefined && /^\s*\d{1,7}\s*$/.test(text) ? Number(text) : 0;
}
