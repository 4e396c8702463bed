import { KilnError } from '../domain/errors.js';

/** Runs a process's main function. An error of the table is told in words for the operator, any other with its stack; the exit code is 1. */
export async function runProcess(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    if (!(error instanceof KilnError)) throw error;
    process.stderr.write(`${error.message}\n${error.rule.fix}\n`);
  }
}
