import type { Cli, Output } from './cli.js';
import { createProgress, createSilent, type Progress } from './progress/progress.js';
import { createStyle, wantsColour, type Style } from './terminal/style.js';

/** The style for a stream of this command. */
export function styleOf(cli: Cli, stream: Output): Style {
  return createStyle(wantsColour(stream, cli.env));
}

/** Prints lines to stdout. */
export function print(cli: Cli, lines: readonly string[]): void {
  if (lines.length > 0) cli.stdout.write(`${lines.join('\n')}\n`);
}

/** Prints the one JSON line of --json. */
export function printJson(cli: Cli, value: unknown): void {
  cli.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Writes text, and waits when the reader is slower than Kiln: a log may be larger than the memory. */
export async function writeSlowly(stream: Output, text: string): Promise<void> {
  if (stream.write(text) !== false || stream.once === undefined) return;
  await new Promise<void>((resolve) => stream.once?.('drain', resolve));
}

/** Progress goes to stderr; with --json only when a person watches it, or asked with --progress. */
export function progressFor(cli: Cli, options: { json?: boolean; progress?: string }): Progress {
  const asked = options.progress ?? 'auto';
  if (asked === 'none' || (asked === 'auto' && options.json === true && cli.stderr.isTTY !== true))
    return createSilent(cli.stderr);
  const color = wantsColour(cli.stderr, cli.env);
  const plain = asked === 'plain' || cli.stderr.isTTY !== true || cli.env['TERM'] === 'dumb';
  return createProgress({ stream: cli.stderr, color, live: !plain });
}
