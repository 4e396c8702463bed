import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLines } from '../support/command-lines.js';
import { groupsOfRuns } from '../support/groups-of-runs.js';

/** What of any build can be seen on this machine once it is over. */
export function remainsOf(stateFolder: string): string[] {
  const inside = `${stateFolder}/supervisor/runs`;
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const commands = commandLines().map(({ args }) => args);
  const workspaces = readdirSync(inside).filter((run) =>
    readdirSync(join(inside, run)).includes('workspace'),
  );
  const seen = [...mounts, ...commands].filter((text) => text.includes(inside));
  return [...seen, ...workspaces, ...groupsOfRuns(stateFolder)];
}
