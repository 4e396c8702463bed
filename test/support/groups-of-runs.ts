import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTrees, groupOfState } from '../../src/adapters/cgroup/run-groups.js';

/** Folders of the control groups that a Kiln has made for its runs, in every tree. */
export function groupsOfRuns(stateFolder: string): string[] {
  return findTrees()
    .map(({ mount }) => join(mount, groupOfState(join(stateFolder, 'supervisor'))))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => join(folder, name)),
    );
}
