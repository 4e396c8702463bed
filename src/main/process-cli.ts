import type { Cli } from '../cli/cli.js';
import { browserOf } from './browser.js';

/** The world of a command run by a person or a script: this process. */
export function processCli(): Cli {
  /* A reader that has seen enough (`kiln logs ... | head`) is no error. */
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    browser: browserOf(process.env, process.platform),
    exitCode: 0,
    onInterrupt(listener) {
      process.on('SIGINT', listener);
      return () => void process.off('SIGINT', listener);
    },
  };
}
