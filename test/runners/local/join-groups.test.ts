import { expect, test } from 'vitest';
import { groupOf } from '../../../src/runners/local/join-groups.js';

const PROC_CGROUP = `12:name=systemd:/
4:memory:/process_api/81be
3:cpuacct,cpu:/system.slice/a:b
0::/init.scope
`;

test('the group of a process is found in each tree, in whatever order its controllers are named', () => {
  expect(groupOf(PROC_CGROUP, 'memory')).toBe('/process_api/81be');
  expect(groupOf(PROC_CGROUP, 'cpu,cpuacct')).toBe('/system.slice/a:b');
  expect(groupOf(PROC_CGROUP, '')).toBe('/init.scope');
  expect(groupOf(PROC_CGROUP, 'pids')).toBeNull();
});
