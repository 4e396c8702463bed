import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { heapOf, INSPECTABLE } from '../../bench/dispatch/heap.mjs';

const MB = 1024 * 1024;

/** Keeps so many MB in its main thread and in another, and has left as many as garbage; tells when it has. */
const KEEPS = `
  const { Worker } = require('node:worker_threads');
  const fill = (mb) => Array.from({ length: mb }, () => new Array(131_072).fill(0.5));
  globalThis.kept = fill(30);
  fill(40);
  new Worker(\`
    const { parentPort } = require('node:worker_threads');
    globalThis.kept = (\${fill})(20);
    parentPort.on('message', () => undefined);
    parentPort.postMessage('filled');
  \`, { eval: true }).once('message', () => process.send('filled'));`;

test('what a process keeps in its threads is told without its garbage, again and again', async () => {
  const folder = mkdtempSync(join(os.tmpdir(), 'kiln-heap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'log');
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['-e', KEEPS], {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, ...INSPECTABLE },
  });
  closeSync(log);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'message');

  for (let look = 0; look < 2; look += 1) {
    const { main, threads } = await heapOf({ pid: child.pid!, logFile });
    expect(main / MB).toBeGreaterThan(30);
    expect(main / MB).toBeLessThan(45);
    expect(threads / MB).toBeGreaterThan(20);
    expect(threads / MB).toBeLessThan(35);
  }
}, 30_000);
