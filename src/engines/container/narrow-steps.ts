import { execFile } from 'node:child_process';
import { constants, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { narrowed, type StepConfig } from './step-config.js';

/** Named pipes between the runtime of steps and this process. */
export interface NarrowPipes {
  /** A line for each step: the path of its configuration. */
  readonly asked: string;
  /** `narrowed <path>` when that is done; anything else when it cannot be. */
  readonly answered: string;
}

/** Kept open for both: neither side then waits for the other to open it, or sees an end. */
const BOTH_WAYS = constants.O_RDWR | constants.O_NONBLOCK;

/**
 * Narrows the configurations of steps (step-config.ts) for as long as this process lives, one after the other: the runtime asks here, since to
 * start another process for each step takes longer than many a step. Resolves when it can ask.
 */
export async function serveNarrowing({ asked, answered }: NarrowPipes): Promise<void> {
  await promisify(execFile)('mkfifo', ['--mode=0600', asked, answered]);
  const answers = openSync(answered, BOTH_WAYS);
  const input = new Socket({ fd: openSync(asked, BOTH_WAYS), readable: true, writable: false });
  createInterface({ input }).on('line', (file) => writeSync(answers, `${narrow(file)} ${file}\n`));
  input.unref();
}

function narrow(file: string): 'narrowed' | 'refused' {
  try {
    writeFileSync(file, JSON.stringify(narrowed(JSON.parse(readFileSync(file, 'utf8')) as StepConfig)));
    return 'narrowed';
  } catch (error) {
    process.stderr.write(`${file}: ${String(error)}\n`);
    return 'refused';
  }
}
