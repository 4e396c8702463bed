/** In brackets, with a blank or a dash, in any case: what GitHub, GitLab, Gitea and others read, and our own name. */
const IN_BRACKETS = /\[(?:skip[ -](?:ci|actions|kiln)|(?:ci|actions|kiln)[ -]skip|no[ -]ci)\]/i;
const STARS = /\*\*\*no_ci\*\*\*/i;
/** The trailer of https://docs.github.com/en/actions/managing-workflow-runs/skipping-workflow-runs. */
const TRAILER = /^skip-checks:[ \t]*true[ \t]*\r?$/im;

/** The words in a message that ask for no build, as they stand there; null when there are none. */
export function skipWords(message: string): string | null {
  for (const expression of [IN_BRACKETS, STARS, TRAILER]) {
    const found = expression.exec(message);
    if (found !== null) return found[0].trim();
  }
  return null;
}
