import { createInterface } from 'node:readline/promises';
import type { Cli } from './cli.js';

/** Asks a person at a terminal; anything but `y` or `yes` is a no, and so is the end of the input. */
export async function askYesNo(cli: Cli, question: string): Promise<boolean> {
  const left = new AbortController();
  const lines = createInterface({ input: cli.stdin, output: cli.stderr as unknown as NodeJS.WritableStream });
  lines.once('close', () => left.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: left.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
