import { readFileSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';

/**
 * Lets a process go on whose control group is frozen, which nothing ends before: SIGKILL waits too. The groups above it are thawed
 * with it, up to those that this process is in itself. Leaves what it cannot read or change.
 */
export function thawProcess(pid: number): void {
  const groups = readOr(`/proc/${pid}/cgroup`);
  const own = readOr('/proc/self/cgroup');
  for (const { controller, mount, root, file, thawed } of freezers(readOr('/proc/self/mountinfo'))) {
    const stop = inside(root, groupIn(own, controller));
    let group = inside(root, groupIn(groups, controller));
    for (; !isAtOrAbove(group, stop); group = posix.dirname(group)) {
      try {
        writeFileSync(posix.join(mount, group, file), thawed);
      } catch {
        continue;
      }
    }
  }
}

interface Freezer {
  /** By which /proc/PID/cgroup names the tree: none for version 2. */
  readonly controller: '' | 'freezer';
  readonly mount: string;
  /** The group that the mount shows as its root. */
  readonly root: string;
  readonly file: string;
  readonly thawed: string;
}

function freezers(mountinfo: string): Freezer[] {
  return mountinfo.split('\n').flatMap((line): Freezer[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', mount = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup2') return [{ controller: '', mount, root, file: 'cgroup.freeze', thawed: '0' }];
    if (type !== 'cgroup' || !options.split(',').includes('freezer')) return [];
    return [{ controller: 'freezer', mount, root, file: 'freezer.state', thawed: 'THAWED' }];
  });
}

function groupIn(text: string, controller: string): string {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return lines.find((match) => match?.[1]?.split(',').includes(controller))?.[2] ?? '/';
}

function inside(root: string, group: string): string {
  return root !== '/' && group.startsWith(root) ? posix.join('/', group.slice(root.length)) : group;
}

function isAtOrAbove(group: string, other: string): boolean {
  return group === '/' || group === '.' || group === other || other.startsWith(`${group}/`);
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
