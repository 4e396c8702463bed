import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { processStartTime } from '../../src/embedded/process-identity.js';

const stateOf = (pid: number): string =>
  / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';

test('a process whose first thread has ended runs until its last one has: it may hold a port still', async () => {
  const ends = 'import ctypes; ctypes.CDLL(None).pthread_exit(None)';
  const program = `import threading, time; threading.Thread(target=time.sleep, args=(60,)).start(); ${ends}`;
  const child = spawn('python3', ['-c', program], { stdio: 'ignore' });
  const pid = child.pid!;
  while (stateOf(pid) !== 'Z') await sleep(20);

  expect(processStartTime(pid)).toMatch(/^\d+$/);

  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processStartTime(pid)).toBeUndefined();
});
