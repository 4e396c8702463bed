import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitFiles } from '../../../src/adapters/cgroup/limit-files.js';
import { eventsOf, measureGroup } from '../../../src/adapters/cgroup/measure.js';
import { countKernelKills, readBlkio, readIoStat } from '../../../src/adapters/cgroup/read-files.js';
import type { Tree } from '../../../src/adapters/cgroup/trees.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kiln-trees-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A tree with a group `/g` that has these files. */
function aTree(version: 1 | 2, controllers: string[], files: Record<string, string>): Tree {
  const mount = join(root, controllers.join());
  mkdirSync(join(mount, 'g'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(mount, 'g', name), text);
  return { version, mount, root: '/', controllers };
}

/** What the kernel (6.1, version 2) said of a group of 100 MiB, half a CPU and 64 processes that was short of memory and processes. */
const UNIFIED = {
  'memory.peak': '104857600\n',
  'memory.events': 'low 0\nhigh 0\nmax 71\noom 2\noom_kill 2\noom_group_kill 0\n',
  'cpu.stat':
    'usage_usec 4760316\nuser_usec 86274\nsystem_usec 4674042\nnr_periods 106\nnr_throttled 82\nthrottled_usec 4127245\nnr_bursts 0\nburst_usec 0\n',
  'io.stat': '',
  'pids.peak': '64\n',
  'pids.events': 'max 0\n',
  'pids.max': '64\n',
};

test('a group of version 2 is measured by its files', () => {
  const tree = aTree(2, ['cpu', 'io', 'memory', 'pids'], UNIFIED);
  expect(measureGroup([tree], '/g')).toEqual({
    peakMemoryBytes: 104857600,
    cpuMs: 4760,
    diskReadBytes: 0,
    diskWriteBytes: 0,
  });
  expect(eventsOf([tree], '/g')).toEqual({ oomKills: 2, reachedMemory: true, reachedPids: true });
});

/** The same of version 1 (kernel 6.18), each controller in a tree of its own. */
const legacy = (): Tree[] => [
  aTree(1, ['memory'], {
    'memory.max_usage_in_bytes': '99999744\n',
    'memory.limit_in_bytes': '99999744\n',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
  }),
  aTree(1, ['pids'], { 'pids.peak': '40\n', 'pids.events': 'max 0\n', 'pids.max': '40\n' }),
  aTree(1, ['cpu'], { 'cpu.stat': 'nr_periods 0\nnr_throttled 0\nthrottled_time 0\n' }),
  aTree(1, ['cpuacct'], { 'cpuacct.usage': '190678307\n' }),
  aTree(1, ['blkio'], { 'blkio.throttle.io_service_bytes_recursive': 'Total 0\n' }),
];

test('of a group of version 1 there is no telling what was written, and what was read only where the kernel counts it', () => {
  expect(measureGroup(legacy(), '/g')).toEqual({
    peakMemoryBytes: 99999744,
    cpuMs: 191,
    diskReadBytes: null,
    diskWriteBytes: null,
  });
  expect(eventsOf(legacy(), '/g')).toEqual({ oomKills: null, reachedMemory: true, reachedPids: true });
});

test('a group that is not there, or of a host that does not count, has nothing measured', () => {
  expect(measureGroup([], '/g')).toEqual({
    peakMemoryBytes: null,
    cpuMs: null,
    diskReadBytes: null,
    diskWriteBytes: null,
  });
  expect(eventsOf([], '/g')).toEqual({ oomKills: null, reachedMemory: null, reachedPids: null });
});

test('bytes of disks are added up over all devices', () => {
  const stat =
    '8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n8:0 rbytes=800 wbytes=96\n';
  expect(readIoStat(stat, 'rbytes')).toBe(1460000);
  expect(readIoStat(stat, 'wbytes')).toBe(314773600);
  const blkio = '8:0 Read 4096\n8:0 Write 10\n8:0 Total 4106\n8:16 Read 1\nTotal 4107\n';
  expect(readBlkio(blkio, 'Read')).toBe(4097);
});

test("the kernel's log tells of whose memory a process was ended: of a group itself, not of another with a like name or above", () => {
  const line = (group: string): string =>
    `6,440,27418035,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=${group},task_memcg=/kiln-ab/b1-1/builder/x,task=dd,pid=117,uid=0`;
  const log = [
    line('/kiln-ab/b1-1'),
    '6,441,27418036,-;Memory cgroup out of memory: Killed process 117 (dd)',
    line('/kiln-ab/b1-12'),
    line('/kiln-ab'),
    '4,1,2,-;cgroup: fork rejected by pids controller in /kiln-ab/b1-1/builder/x',
  ].join('\n');
  expect(countKernelKills(log, '/kiln-ab/b1-1')).toBe(1);
  expect(countKernelKills(log, '/kiln-ab/b2-1')).toBe(0);
});

test('each limit is written as its version wants it, and swap is no way around that of memory', () => {
  const limits = { memoryBytes: 1024 ** 3, cpuMilli: 1500, pids: 512 };
  expect(limitFiles('memory', 2, limits)).toEqual([
    { file: 'memory.max', value: '1073741824' },
    { file: 'memory.swap.max', value: '0', isOptional: true },
  ]);
  expect(limitFiles('memory', 1, limits).map(({ value }) => value)).toEqual(['1073741824', '1073741824']);
  expect(limitFiles('cpu', 2, limits)).toEqual([{ file: 'cpu.max', value: '150000 100000' }]);
  expect(limitFiles('cpu', 1, limits)[1]).toEqual({ file: 'cpu.cfs_quota_us', value: '150000' });
  expect(limitFiles('cpu', 1, { ...limits, cpuMilli: null })).toEqual([]);
  expect(limitFiles('pids', 1, limits)).toEqual([{ file: 'pids.max', value: '512' }]);
});
