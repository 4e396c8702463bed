import { posix } from 'node:path';

/** A mounted tree of control groups. */
export interface Tree {
  readonly version: 1 | 2;
  readonly mount: string;
  /** The group that the mount shows as its root: not `/` in some containers. */
  readonly root: string;
  readonly controllers: readonly string[];
}

/** Options of a mount of version 1 that are no controllers. */
const OPTIONS = /^(?:rw|ro|xattr|noprefix|clone_children|cpuset_v2_mode|release_agent=.*)$/;

/**
 * The trees that /proc/self/mountinfo names, each once. On most machines there is one of version 2; some have several of version 1, and
 * one of version 2 with what is left. `controllersOf` gives cgroup.controllers of a mount of version 2.
 */
export function readTrees(mountinfo: string, controllersOf: (mount: string) => string): Tree[] {
  const trees = mountinfo.split('\n').flatMap((line): Tree[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', mount = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup') {
      const controllers = options.split(',').filter((option) => !OPTIONS.test(option));
      return [{ version: 1, mount, root, controllers: controllers.sort() }];
    }
    if (type !== 'cgroup2') return [];
    return [{ version: 2, mount, root, controllers: controllersOf(mount).split(/\s+/).filter(Boolean) }];
  });
  return trees.filter((tree, index) => trees.findIndex((one) => nameOf(one) === nameOf(tree)) === index);
}

/** What /proc/self/cgroup calls the tree, with its controllers sorted. */
export function nameOf({ version, controllers }: Tree): string {
  return version === 2 ? '' : controllers.join(',');
}

/** The folder of a group, by its path from the root of the tree. */
export function folderOf(tree: Tree, group: string): string {
  return posix.join(tree.mount, group);
}
