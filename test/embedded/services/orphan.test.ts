import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isSameProcess, processStartTime } from '../../../src/embedded/process-identity.js';
import { startService, type ServiceDescription } from '../../../src/embedded/services/service.js';
import { readServiceRecord, writeServiceRecord } from '../../../src/embedded/services/service-record.js';

let stateFolder: string;
const children: number[] = [];

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-orphan-'));
});

afterEach(async () => {
  for (const pid of children.splice(0)) {
    if (processStartTime(pid) !== undefined) process.kill(pid, 'SIGKILL');
  }
  await rm(stateFolder, { recursive: true, force: true });
});

function aProcess(): { pid: number; startTime: string } {
  const pid = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).pid ?? 0;
  children.push(pid);
  return { pid, startTime: processStartTime(pid) ?? '' };
}

function aSleeper(overrides: Partial<ServiceDescription<'http'>> = {}): ServiceDescription<'http'> {
  return {
    name: 'sleeper',
    folder: stateFolder,
    portNames: ['http'],
    stop: { signal: 'SIGTERM', graceMs: 2_000 },
    readyTimeoutMs: 5_000,
    command: () => ({ file: 'sleep', args: ['60'] }),
    probe: async () => undefined,
    ...overrides,
  };
}

test('a process that an earlier run left is ended, and its ports are kept', async () => {
  const orphan = aProcess();
  await writeServiceRecord(stateFolder, 'sleeper', {
    process: orphan,
    ports: { http: 45_991 },
    folder: stateFolder,
  });

  const service = await startService({ stateFolder }, aSleeper());

  expect(isSameProcess(orphan)).toBe(false);
  expect(service.ports.http).toBe(45_991);
  await service.stop();
});

test('a process that merely has the recorded pid is left alone', async () => {
  const stranger = aProcess();
  const record = {
    process: { pid: stranger.pid, startTime: 'another time' },
    ports: {},
    folder: stateFolder,
  };
  await writeServiceRecord(stateFolder, 'sleeper', record);

  const service = await startService({ stateFolder }, aSleeper());

  expect(isSameProcess(stranger)).toBe(true);
  await service.stop();
});

test('the service of a Kiln that lives is not taken from it', async () => {
  const running = aProcess();
  const owner = aProcess();
  await writeServiceRecord(stateFolder, 'sleeper', {
    process: running,
    owner,
    ports: {},
    folder: stateFolder,
  });

  await expect(startService({ stateFolder }, aSleeper())).rejects.toThrow(
    `already runs under process ${owner.pid}`,
  );

  expect(isSameProcess(running)).toBe(true);
});

test('a stopped service is recorded as stopped', async () => {
  const service = await startService({ stateFolder }, aSleeper());

  await service.stop();

  expect(processStartTime(service.pid)).toBeUndefined();
  expect(await readServiceRecord(stateFolder, 'sleeper')).toEqual({
    ports: service.ports,
    folder: stateFolder,
  });
});

test('a service that ends at once is an error with the end of its log', async () => {
  const failing = aSleeper({
    command: () => ({ file: 'sh', args: ['-c', 'echo the disk is full; exit 3'] }),
    probe: async () => Promise.reject(new RangeError('not ready')),
  });

  await expect(startService({ stateFolder }, failing)).rejects.toThrow(
    /ended at once \(code 3\)[\s\S]*the disk is full/,
  );
});

test('a service that never answers is ended', async () => {
  let pid = 0;
  const silent = aSleeper({
    readyTimeoutMs: 300,
    probe: async () => {
      pid = (await readServiceRecord(stateFolder, 'sleeper'))?.process?.pid ?? 0;
      throw new RangeError('no answer');
    },
  });

  await expect(startService({ stateFolder }, silent)).rejects.toThrow(
    'did not answer within 0.3 s (no answer)',
  );

  expect(pid).toBeGreaterThan(0);
  expect(processStartTime(pid)).toBeUndefined();
});

test('what a service leaves is taken away before it starts, after it stops and when its start cannot be prepared', async () => {
  const cleared: (number | undefined)[] = [];
  const clear = async (): Promise<void> => {
    cleared.push((await readServiceRecord(stateFolder, 'sleeper'))?.process?.pid);
  };
  const service = await startService({ stateFolder }, aSleeper({ clear }));
  expect(cleared).toEqual([undefined]);
  await service.stop();
  expect(processStartTime(service.pid)).toBeUndefined();
  expect(cleared).toEqual([undefined, service.pid]);

  const command = () => Promise.reject(new RangeError('refused'));
  await expect(startService({ stateFolder }, aSleeper({ clear, command }))).rejects.toThrow('refused');

  expect(cleared).toHaveLength(4);
});
