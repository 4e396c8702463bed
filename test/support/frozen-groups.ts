import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTrees } from '../../src/adapters/cgroup/run-groups.js';

/** A real control group of this machine that can be frozen; not made yet. */
export interface FreezableGroup {
  readonly folder: string;
  /** What freezes it: this text, written into this file. */
  readonly file: string;
  readonly frozen: string;
  isFrozen(pid: number): boolean;
  /** Thaws and removes what is left of it. */
  remove(): Promise<void>;
}

/** Whether tests can freeze processes here: as root, with control groups. */
export function freezes(): boolean {
  return process.getuid?.() === 0 && freezer() !== undefined;
}

export function aFrozenGroup(group = `/kiln-test-${process.pid}-${Date.now()}`): FreezableGroup {
  const tree = freezer()!;
  const folder = join(tree.mount, group);
  const [file, frozen, thawed] =
    tree.version === 1 ? ['freezer.state', 'FROZEN', 'THAWED'] : ['cgroup.freeze', '1', '0'];
  return {
    ...{ folder, file, frozen },
    isFrozen: (pid) =>
      tree.version === 1
        ? /^State:\tD/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
        : /frozen|freez/.test(readFileSync(`/proc/${pid}/wchan`, 'utf8')),
    remove: async () => {
      const all = foldersBelow(folder);
      for (const one of all) {
        writeFileSync(join(one, file), thawed);
        for (const pid of readFileSync(join(one, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
          process.kill(Number(pid), 'SIGKILL');
      }
      await new Promise((resolve) => setTimeout(resolve, all.length === 0 ? 0 : 200));
      for (const one of all.reverse()) rmdirSync(one);
    },
  };
}

/** The highest first. */
function foldersBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inner.flatMap(({ name }) => foldersBelow(join(folder, name)))];
}

function freezer() {
  const trees = findTrees();
  return (
    trees.find(({ version, controllers }) => version === 1 && controllers.includes('freezer')) ??
    trees.find(({ version }) => version === 2)
  );
}
