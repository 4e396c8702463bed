import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../../domain/format-bytes.js';

/** What a program that looks into an image may take; it judges what strangers have made. */
export interface ProgramBounds {
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  /** Of its folder, in which it unpacks layers. */
  readonly diskBytes: number;
}

/** How a program ended: well, or for a reason that another try would meet again. */
export type ProgramEnd = { readonly stdout: Buffer } | { readonly failureReason: string };

const WATCH_EVERY_MS = 250;
const MAX_STDOUT_BYTES = 64 * 1024 * 1024;
const MAX_STDERR_LENGTH = 64 * 1024;
const REASON_LENGTH = 500;

/**
 * Runs a program at the lowest priority on one processor, with an environment and a folder of its own that are its HOME and its place for
 * temporary files. Raises only when `signal` aborts, after the program is gone.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly folder: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly bounds: ProgramBounds;
    readonly signal: AbortSignal;
  },
): Promise<ProgramEnd> {
  const { folder, bounds, signal } = options;
  signal.throwIfAborted();
  const name = program.slice(program.lastIndexOf('/') + 1);
  const child = spawn('nice', ['-n', '19', program, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: {
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      XDG_CACHE_HOME: folder,
      TMPDIR: folder,
      LC_ALL: 'C.UTF-8',
      GOMAXPROCS: '1',
      GOMEMLIMIT: String(Math.floor(bounds.memoryBytes * 0.75)),
      ...options.env,
    },
  });
  yieldToSessions(child.pid);
  const parts: Buffer[] = [];
  let size = 0;
  let said = '';
  let reason: string | null = null;
  const stop = (why: string | null): void => {
    reason ??= why;
    child.kill('SIGKILL');
  };
  child.stdout.on('data', (part: Buffer) => {
    size += part.length;
    if (size > MAX_STDOUT_BYTES) stop(`${name} printed more than ${formatBytes(MAX_STDOUT_BYTES)}`);
    else parts.push(part);
  });
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(-MAX_STDERR_LENGTH);
  });
  const aborted = (): void => stop(null);
  signal.addEventListener('abort', aborted, { once: true });
  const timer = setTimeout(
    () => stop(`${name} took longer than ${bounds.timeoutMs / 60_000} minutes`),
    bounds.timeoutMs,
  );
  const watch = setInterval(() => {
    void excess(child.pid, folder, bounds).then((what) => what !== null && stop(`${name} ${what}`));
  }, WATCH_EVERY_MS);
  try {
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', (error) => {
        reason ??= `${name} cannot be started: ${error.message}`;
        resolve(null);
      });
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (reason !== null) return { failureReason: reason };
    if (code === 0) return { stdout: Buffer.concat(parts) };
    return { failureReason: `${name} ended with ${code ?? 'a signal'}${lastWords(said)}` };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener('abort', aborted);
  }
}

/**
 * Linux may share its processors between sessions before it looks at priorities, which then count inside of one alone (sched(7), autogroup): the
 * program is in a session of its own, which gets the smallest share. Nothing where the kernel does not share so.
 */
function yieldToSessions(leader: number | undefined): void {
  try {
    writeFileSync(`/proc/${leader}/autogroup`, '19', { flag: 'r+' });
  } catch {
    return;
  }
}

/** Which bound is passed, in words; null for none, and where the machine does not tell. */
async function excess(
  pid: number | undefined,
  folder: string,
  { memoryBytes, diskBytes }: ProgramBounds,
): Promise<string | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  if (resident > memoryBytes) return `took more than ${formatBytes(memoryBytes)} of memory`;
  return (await sizeOf(folder)) > diskBytes ? `unpacked more than ${formatBytes(diskBytes)}` : null;
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sizeOf(path);
      return stat(path).then(
        (found) => found.size,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, one) => sum + one, 0);
}

/** The end of what it said, without the colours of a terminal. */
function lastWords(said: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = said.replaceAll(/\u001b\[[0-9;]*m/g, '').trim();
  return plain === '' ? '' : `: ${plain.slice(-REASON_LENGTH)}`;
}
