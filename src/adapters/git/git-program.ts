import { spawn } from 'node:child_process';
import { KilnError } from '../../domain/errors.js';

const KILL_AFTER_MS = 2000;
const MAX_STDERR_BYTES = 64 * 1024;
const MAX_STDOUT_BYTES = 16 * 1024 * 1024;

export interface GitCall {
  /** A plain array; what comes from outside stands behind `--end-of-options` or has been judged by a parser. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly input?: string;
  /** Takes the output as it comes instead of collecting it. */
  readonly onOutput?: (bytes: Buffer) => void;
}

export interface GitResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** The last 64 KiB. */
  readonly stderr: string;
}

/**
 * Runs git in a process group of its own, without a terminal and with no environment but the one given. When the signal fires the
 * group is ended, its helpers (ssh, index-pack) with it, and the signal's reason is thrown once it is gone.
 */
export async function runGit(program: string, call: GitCall): Promise<GitResult> {
  call.signal.throwIfAborted();
  const child = spawn(program, call.args, {
    cwd: call.cwd,
    env: call.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = Buffer.alloc(0);
  let failure: unknown = null;
  let timer: NodeJS.Timeout | undefined;
  const end = (reason: unknown): void => {
    failure ??= reason;
    signalGroup(child.pid, 'SIGTERM');
    timer ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
  };
  const onAbort = (): void => end(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });
  child.stdout.on('data', (bytes: Buffer) => {
    try {
      if (call.onOutput !== undefined) return call.onOutput(bytes);
      stdoutBytes += bytes.length;
      if (stdoutBytes > MAX_STDOUT_BYTES)
        throw new KilnError('git_failed', { detail: 'git printed too much' });
      stdout.push(bytes);
    } catch (error) {
      end(error);
    }
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = Buffer.concat([stderr, bytes]).subarray(-MAX_STDERR_BYTES);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(call.input ?? '');
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (failure !== null) throw failure;
    return { exitCode, stdout: Buffer.concat(stdout), stderr: stderr.toString('utf8') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new KilnError('program_missing', { message: `git was not found on this host (${program}).` });
  } finally {
    call.signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    // Whatever git has left behind in its group goes with it.
    signalGroup(child.pid, 'SIGKILL');
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone.
  }
}
