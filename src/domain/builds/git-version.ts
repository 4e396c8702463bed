/** git before this one does not know `http.curloptResolve`, and would connect to addresses that nobody has judged. */
const OLDEST = { major: 2, minor: 37 } as const;

/** The version in what `git version` prints (`git version 2.39.5`); null for anything else. */
export function readGitVersion(printed: string): string | null {
  return /^git version (\d+\.\d+[\w.]*)/.exec(printed.trim())?.[1] ?? null;
}

/** Whether sources may be fetched with this git. */
export function isGitNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}
