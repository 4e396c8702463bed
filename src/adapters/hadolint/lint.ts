import { execFile } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { BuildWarning } from '../../domain/builds/warning.js';
import { KilnError } from '../../domain/errors.js';
import type { LintDockerfile } from '../../ports/dockerfile.js';
import { readFindings } from './findings.js';
import { KeptFindings } from './kept-findings.js';
import { settingsArguments } from './settings.js';

/** Its time grows with the square of a file; this much takes it some seconds. */
const MAX_TEXT_LENGTH = 64 * 1024;
const TIMEOUT_MS = 5_000;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** Of the Haskell run time: no file may have more memory. */
const MEMORY = ['+RTS', '-M256m', '-RTS'];

/**
 * Lints with hadolint, at a low priority, with bounded time, memory and output. The Dockerfile goes over stdin; settings of the source
 * become arguments, so that the program reads no file that others have written, nor one of this host.
 */
export function createHadolint(program: string, { timeoutMs = TIMEOUT_MS } = {}): LintDockerfile {
  const kept = new KeptFindings();
  return async (text, settings, signal) => {
    if (text.length > MAX_TEXT_LENGTH) return [];
    const { args, fault } = argumentsOf(settings);
    const found = await kept.of([text, ...args], async () =>
      readFindings(
        await run({ program, timeoutMs }, [...MEMORY, ...args, '--format=json', '-'], text, signal),
      ),
    );
    return [...fault, ...found];
  };
}

/** Settings that cannot be obeyed are told as a warning of their own. */
function argumentsOf(settings: string | null): { args: string[]; fault: BuildWarning[] } {
  try {
    return { args: settings === null ? [] : settingsArguments(settings), fault: [] };
  } catch {
    const fault: BuildWarning = {
      foundBy: 'hadolint',
      rule: 'settings',
      severity: 'info',
      line: null,
      column: null,
      message: '.hadolint.yaml is not obeyed: it cannot be read, or has a value that hadolint does not know.',
      link: 'https://github.com/hadolint/hadolint#configure',
    };
    return { args: [], fault: [fault] };
  }
}

function run(
  { program, timeoutMs }: { program: string; timeoutMs: number },
  args: readonly string[],
  text: string,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const nowhere = '/nonexistent';
    const child = execFile(
      program,
      args,
      {
        cwd: '/',
        env: { HOME: nowhere, XDG_CONFIG_HOME: nowhere, LC_ALL: 'C.UTF-8' },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
        signal,
      },
      (error, stdout) => {
        // It ends with 1 where it has found something.
        if (error === null || error.code === 1) resolve(stdout);
        else reject(new KilnError('internal', { detail: `hadolint: ${error.message}`, cause: error }));
      },
    );
    child.stdin?.on('error', () => {}).end(text);
    if (child.pid !== undefined) yieldProcessor(child.pid);
  });
}

/** The build goes first. */
function yieldProcessor(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}
