import type { Build } from '../contracts/builds.js';
import type { ErrorCode } from '../domain/errors.js';
import { ERRORS } from '../domain/errors.js';

/** How a command ends, for scripts. The one table; `--help` and the tests read it. */
export const EXIT = {
  success: 0,
  failed: 1,
  refused: 2,
  cancelled: 3,
  timeout: 4,
  unreachable: 5,
  left: 130,
} as const;

const MEANING: Readonly<Record<keyof typeof EXIT, string>> = {
  success: 'it worked; the build succeeded',
  failed: 'the build failed',
  refused: 'wrong usage, or Kiln refused the request',
  cancelled: 'the build was cancelled',
  timeout: 'the build ran or waited longer than allowed',
  unreachable: 'Kiln cannot be reached, or cannot answer',
  left: 'left with Ctrl-C while the build goes on',
};

/** The table as shown by --help. */
export const EXIT_CODES_HELP = [
  'Exit codes:',
  ...Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padEnd(4)} ${MEANING[name as keyof typeof EXIT]}`,
  ),
].join('\n');

/** The exit code that a terminal build stands for; a build that still runs gives `success` (nothing went wrong). */
export function exitCodeOfBuild(build: Build): number {
  if (build.result.status === 'timeout') return EXIT.timeout;
  switch (build.status) {
    case 'failed':
      return EXIT.failed;
    case 'cancelled':
      return EXIT.cancelled;
    case 'success':
    case 'queued':
    case 'in_progress':
      return EXIT.success;
  }
}

/** The exit code of an error: what whoever types can mend is `refused`, everything else is Kiln's side. */
export function exitCodeOfError(code: ErrorCode): number {
  if (code === 'config_invalid') return EXIT.refused;
  return ERRORS[code].status < 500 ? EXIT.refused : EXIT.unreachable;
}
