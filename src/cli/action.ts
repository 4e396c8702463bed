import type { Cli } from './cli.js';
import { failureJson, failureLines, toFailure } from './failure.js';
import { printJson, styleOf } from './output.js';

/** Runs the body of a command: its number becomes the exit code; what it throws is shown. */
export async function runAction(
  cli: Cli,
  options: { json?: boolean },
  body: () => Promise<number>,
): Promise<void> {
  try {
    cli.exitCode = await body();
  } catch (error) {
    cli.exitCode = showFailure(cli, options, error);
  }
}

/** Shows an error to people on stderr and, with --json, as JSON on stdout. Gives its exit code. */
export function showFailure(cli: Cli, options: { json?: boolean }, error: unknown): number {
  const failure = toFailure(error);
  if (options.json === true) printJson(cli, failureJson(failure));
  cli.stderr.write(`${failureLines(failure, styleOf(cli, cli.stderr)).join('\n')}\n`);
  if (cli.env['KILN_DEBUG'] && failure.cause instanceof Error) {
    cli.stderr.write(`${failure.cause.stack ?? ''}\n`);
  }
  return failure.exitCode;
}
