import { expect, test } from 'vitest';
import { folderOf, nameOf, readTrees } from '../../../src/adapters/cgroup/trees.js';

/** Of a machine with version 1 and, for what is left, version 2 (kernel 6.18). */
const HYBRID = `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;
/** Of one with version 2 alone (kernel 6.1). */
const UNIFIED = '26 23 0:23 / /sys/fs/cgroup rw,relatime - cgroup2 cg rw\n';
/** Of a container with version 1: what it sees begins at its own group, and controllers share a tree. */
const INSIDE =
  '741 740 0:29 /docker/ab12 /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:11 - cgroup cgroup rw,xattr,cpu,cpuacct\n';

test('every tree of version 1 is found by its controllers, and the one of version 2 with what is left', () => {
  const trees = readTrees(HYBRID, () => 'hugetlb\n');
  expect(trees.map((tree) => [tree.version, nameOf(tree), tree.mount])).toEqual([
    [1, 'cpu', '/sys/fs/cgroup/cpu'],
    [1, 'cpuacct', '/sys/fs/cgroup/cpuacct'],
    [1, 'memory', '/sys/fs/cgroup/memory'],
    [1, 'name=systemd', '/sys/fs/cgroup/systemd'],
    [2, '', '/sys/fs/cgroup/unified'],
  ]);
  expect(trees[4]?.controllers).toEqual(['hugetlb']);
});

test('a machine of version 2 has one tree with all controllers', () => {
  const [tree, ...others] = readTrees(UNIFIED, () => 'cpuset cpu io memory hugetlb pids rdma misc\n');
  expect(others).toEqual([]);
  expect(tree?.controllers).toContain('memory');
  expect(folderOf(tree!, '/kiln-ab12/run')).toBe('/sys/fs/cgroup/kiln-ab12/run');
});

test('in a container the mount tells which group it begins with', () => {
  expect(readTrees(INSIDE, () => '')).toEqual([
    {
      version: 1,
      mount: '/sys/fs/cgroup/cpu,cpuacct',
      root: '/docker/ab12',
      controllers: ['cpu', 'cpuacct'],
    },
  ]);
});
