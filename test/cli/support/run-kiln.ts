import { PassThrough, Readable } from 'node:stream';
import { main } from '../../../src/main/kiln.js';
import type { Cli } from '../../../src/cli/cli.js';
import { TOKEN } from './fake-api.js';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly apiUrl?: string;
  /** Whether stdout is a terminal. */
  readonly terminal?: boolean;
  /** Takes the addresses that are opened; without it no window can open. */
  readonly browser?: (url: string) => Promise<void>;
  readonly onStderr?: (text: string, interrupt: () => void) => void;
  readonly onStdout?: (text: string, interrupt: () => void) => void;
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line of `kiln` in this process, with its own surroundings, and gives what came out. */
export async function runKiln(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const listeners = new Set<() => void>();
  const interrupt = (): void => listeners.forEach((listener) => listener());
  let stdout = '';
  let stderr = '';
  const cli: Cli = {
    env: {
      HOME: '/nonexistent',
      ...(options.apiUrl === undefined ? {} : { KILN_API_URL: options.apiUrl, KILN_TOKEN: TOKEN }),
      ...options.env,
    },
    cwd: options.cwd ?? '/',
    stdin: options.stdin === undefined ? new PassThrough() : Readable.from([options.stdin]),
    stdout: {
      write: (text) => {
        stdout += text;
        options.onStdout?.(text, interrupt);
        return true;
      },
      ...(options.terminal === true ? { isTTY: true } : {}),
    },
    stderr: {
      write(text) {
        stderr += text;
        options.onStderr?.(text, interrupt);
        return true;
      },
    },
    onInterrupt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    browser: options.browser ?? null,
    exitCode: 0,
  };
  const exitCode = await main(argv, cli);
  return { exitCode, stdout, stderr };
}
