import { KilnError } from '../domain/errors.js';

/**
 * Runs a process's main function and ends the process after it. An error of the table is told in words for the operator (exit code
 * 1), any other with its stack. So does a rejection that nobody handles (Node's own rule): its process is started again in a known state,
 * where one that went on would be in a state that nobody has thought of.
 */
export async function runProcess(main: () => Promise<void>): Promise<never> {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    if (!(error instanceof KilnError)) throw error;
    process.stderr.write(`${error.message}\n${error.rule.fix}\n`);
  }
  // A call to Temporal that waits for its next try would hold the process up, and crash it if the connection were closed.
  process.exit();
}
