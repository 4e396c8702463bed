import { execa } from 'execa';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly timeoutMs?: number;
  /** What it reads on its standard input; nothing when absent. */
  readonly input?: string;
  /** Called with each line as it is printed. */
  readonly onLine?: (line: string) => void;
}

/** How a command ended. `output` is what it printed on both streams; `code` is undefined when it could not start. */
export interface CommandResult {
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a command to its end with the environment of this process. It does not reject. */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const running = execa(file, args, {
    reject: false,
    all: true,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    timeout: options.timeoutMs ?? 900_000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  if (options.onLine !== undefined) {
    for await (const line of running.iterable({ from: 'all' })) options.onLine(line);
  }
  const result = await running;
  const printed = result.all ?? '';
  const cause = result.failed && result.exitCode === undefined ? (result.shortMessage ?? '') : '';
  return { code: result.exitCode, output: [printed, cause].filter((text) => text !== '').join('\n') };
}

/** The last lines of a text, for messages. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
