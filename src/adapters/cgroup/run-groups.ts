import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import {
  GROUP_LIMITS,
  type GroupLimit,
  type GroupLimits,
  type RunGroup,
  type RunGroups,
} from '../../ports/run-groups.js';
import { CONTROLLERS, limitFiles } from './limit-files.js';
import { eventsOf, measureGroup } from './measure.js';
import { namesBelow, removeGroup } from './remove-groups.js';
import { folderOf, nameOf, readTrees, type Tree } from './trees.js';

/** What limits, and what measures. */
const WANTED = ['memory', 'cpu', 'pids', 'cpuacct', 'blkio', 'io'];
/** Inside the group of a run: its own processes, and what its builder makes. Version 2 wants no processes beside other groups. */
const OWN = 'own';
const BUILDER = 'builder';

/** The trees of this machine. */
export function findTrees(): Tree[] {
  const mountinfo = readOr('/proc/self/mountinfo', '');
  return readTrees(mountinfo, (mount) => readOr(posix.join(mount, 'cgroup.controllers'), ''));
}

/** The group of a supervisor's own, named after its state folder, so that several on one machine do not meet. */
export function groupOfState(stateFolder: string): string {
  return `/kiln-${createHash('sha256').update(stateFolder).digest('hex').slice(0, 8)}`;
}

/** Control groups below `parent` (`/kiln-...`), which belongs to one supervisor. */
export function createRunGroups(parent: string, trees: readonly Tree[] = findTrees()): RunGroups {
  const useful = trees.filter(({ controllers }) => controllers.some((one) => WANTED.includes(one)));
  const left = new Set<string>();
  const at = (name: string): string => posix.join(parent, name);
  const exists = (group: string): boolean => useful.some((tree) => existsSync(folderOf(tree, group)));
  const remove = async (name: string): Promise<void> => {
    for (const one of new Set([...left, name])) {
      left.add(one);
      if (await removeGroup(trees, at(one))) left.delete(one);
    }
  };
  return {
    get trouble() {
      return groupTrouble(useful, parent);
    },
    open: async (name, limits) => {
      await remove(name);
      return openGroup(useful, at(name), limits);
    },
    measure: async (name, of) => {
      const group = of === 'run' ? at(name) : posix.join(at(name), BUILDER);
      return exists(group) ? measureGroup(useful, group) : null;
    },
    events: async (name) => (exists(at(name)) ? eventsOf(useful, at(name)) : null),
    remove,
    close: async () => {
      for (const tree of trees) attempt(() => rmdirSync(folderOf(tree, parent)));
    },
    sweep: async (isKept) => {
      let removed = 0;
      for (const name of namesBelow(trees, parent)) {
        if (isKept(name)) continue;
        await remove(name);
        if (!left.has(name)) removed += 1;
      }
      return removed;
    },
  };
}

/** Why no group that limits can be made, in words; null where one can. Tries it with one of its own, since a mount does not tell. */
export function groupTrouble(trees: readonly Tree[], parent = '/'): string | null {
  const limiting = trees.filter(({ controllers }) =>
    Object.values(CONTROLLERS).some((one) => controllers.includes(one)),
  );
  if (limiting.length === 0) return 'no control groups are mounted';
  const trial = posix.join(parent, `kiln-trial-${process.pid}`);
  const troubles = limiting.map((tree) => attempt(() => makeGroup(tree, trial)));
  for (const tree of limiting) {
    attempt(() => rmdirSync(folderOf(tree, trial)));
    attempt(() => rmdirSync(folderOf(tree, parent)));
  }
  return troubles.every((trouble) => trouble !== null) ? (troubles[0] ?? null) : null;
}

function openGroup(trees: readonly Tree[], group: string, limits: GroupLimits): RunGroup | null {
  const made = trees.filter((tree) => attempt(() => makeGroup(tree, posix.join(group, OWN), group)) === null);
  if (made.length === 0) return null;
  const notEnforced: Partial<Record<GroupLimit, string>> = {};
  for (const limit of GROUP_LIMITS) {
    const tree = made.find(({ controllers }) => controllers.includes(CONTROLLERS[limit]));
    const trouble =
      tree === undefined
        ? `no ${CONTROLLERS[limit]} controller can be used`
        : attempt(() => writeLimit(tree, group, limit, limits));
    if (trouble !== null) notEnforced[limit] = trouble;
  }
  const joins = made.map((tree) => ({
    ...{ tree: nameOf(tree), mount: tree.mount, root: tree.root },
    folder: folderOf(tree, posix.join(group, OWN)),
  }));
  return { builderPath: posix.join(group, BUILDER), joins, notEnforced };
}

/** Makes a group with all above it. Version 2: those down to `limited` get the controllers, each handed down by the one above. */
function makeGroup(tree: Tree, group: string, limited = group): void {
  const parts = group.split('/').filter(Boolean);
  for (let depth = 1; depth <= parts.length; depth++) {
    const above = posix.join('/', ...parts.slice(0, depth - 1));
    if (tree.version === 2 && above !== limited) passOn(tree, above);
    const folder = folderOf(tree, parts.slice(0, depth).join('/'));
    makeFolder(folder);
    // Older kernels count nothing of the groups below otherwise.
    if (tree.controllers.includes('memory') && tree.version === 1)
      attempt(() => writeFileSync(posix.join(folder, 'memory.use_hierarchy'), '1'));
  }
}

function passOn(tree: Tree, group: string): void {
  const file = posix.join(folderOf(tree, group), 'cgroup.subtree_control');
  const passed = readOr(file, '').split(/\s+/);
  for (const one of tree.controllers.filter((name) => WANTED.includes(name) && !passed.includes(name))) {
    const write = (): void => writeFileSync(file, `+${one}`);
    if (one === 'io') attempt(write);
    else write();
  }
}

function writeLimit(tree: Tree, group: string, limit: GroupLimit, limits: GroupLimits): void {
  for (const { file, value, isOptional } of limitFiles(limit, tree.version, limits)) {
    const write = (): void => writeFileSync(posix.join(folderOf(tree, group), file), value);
    if (isOptional === true) attempt(write);
    else write();
  }
}

/** Not with all above it: where the kernel refuses to make folders, Node would try for ever. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Null when it went well, else the reason. */
function attempt(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
