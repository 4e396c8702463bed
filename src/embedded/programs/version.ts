/** Compares dotted versions number by number: negative when `left` is older. `1.1.5+ds1` reads as 1.1.5. */
export function compareVersions(left: string, right: string): number {
  const a = numbersOf(left);
  const b = numbersOf(right);
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Which versions of a program will do: from `atLeast` on, and older than `below` where it is given. */
export interface VersionRange {
  readonly atLeast: string;
  readonly below?: string;
}

/** Tells whether a version lies in the range. */
export function isAccepted(version: string, range: VersionRange): boolean {
  if (compareVersions(version, range.atLeast) < 0) return false;
  return range.below === undefined || compareVersions(version, range.below) < 0;
}

/** The range in words, for messages: `>= 15`, `>= 2.8 and < 4`. */
export function describeRange(range: VersionRange): string {
  return range.below === undefined ? `>= ${range.atLeast}` : `>= ${range.atLeast} and < ${range.below}`;
}

function numbersOf(version: string): number[] {
  const core = /^v?(\d+(?:\.\d+)*)/.exec(version.trim())?.[1] ?? '0';
  return core.split('.').map(Number);
}
