import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Waits for a lock and holds it until `release`, or until this process ends. */
export async function holdLock(file: string, kind: 'shared' | 'exclusive'): Promise<{ release(): void }> {
  const holder = spawn('flock', [`--${kind}`, file, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holder.stdin.write('held');
  await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]);
  return { release: () => void holder.stdin.end() };
}
