import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Cli } from './cli.js';
import { usageFailure } from './failure.js';

/** Reads one line from the terminal without showing it. */
export async function askHidden(cli: Cli, what: string): Promise<string> {
  cli.stderr.write(`${what} (not shown): `);
  const silent = new Writable({ write: (_bytes, _encoding, done) => done() });
  const lines = createInterface({ input: cli.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    cli.stderr.write('\n');
  }
}

/**
 * A value that must not stand on a command line, where other users of the machine could see it: from the file byte by byte, from a
 * terminal as a hidden line, else from stdin without its final newline.
 */
export async function readHiddenValue(cli: Cli, what: string, file: string | undefined): Promise<Buffer> {
  if (file !== undefined) {
    try {
      return fs.readFileSync(path.resolve(cli.cwd, file));
    } catch (error) {
      throw usageFailure(
        `${file} cannot be read (${(error as { code?: string }).code ?? 'unknown'}).`,
        'Name a file that you may read with --from-file.',
      );
    }
  }
  if (cli.stdin.isTTY === true) return Buffer.from(await askHidden(cli, what));
  const bytes = await buffer(cli.stdin);
  const isEnded = bytes.at(-1) === 0x0a;
  const isCrLf = isEnded && bytes.at(-2) === 0x0d;
  return isEnded ? bytes.subarray(0, bytes.length - (isCrLf ? 2 : 1)) : bytes;
}
