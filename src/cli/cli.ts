import type { Command } from 'commander';
import type { TerminalStream } from './progress/live-screen.js';

/** A place that takes text; `process.stdout` and `process.stderr` are such places. */
export type Output = TerminalStream;

/** The world of a command: everything it touches besides the network and files. Tests give their own. */
export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Opens an address in the person's browser; null where no window can open. */
  readonly browser: ((url: string) => Promise<void>) | null;
  /** Calls back on every Ctrl-C until the returned function is called; without a listener Ctrl-C ends the process. */
  readonly onInterrupt: (listener: () => void) => () => void;
  /** What the process ends with; a command sets it. */
  exitCode: number;
}

/** What a command's file exports. `define` adds arguments, options and the action; heavy imports wait for the action. */
export interface CommandModule {
  define(command: Command, cli: Cli): void;
}

/** A row of a command table: enough for `kiln --help` without loading the command. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}
