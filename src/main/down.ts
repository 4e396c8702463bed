import type { Command } from 'commander';
import path from 'node:path';
import type { Cli } from '../cli/cli.js';
import { print } from '../cli/output.js';
import { isSameProcess } from '../embedded/process-identity.js';
import { refuseLeft, stopOrphans } from '../embedded/orphans.js';
import { readServing } from '../embedded/owner.js';
import { stopProcess } from '../embedded/services/stop-process.js';
import { defaultStateFolder } from '../embedded/state-folder.js';
import { addExamples } from '../cli/options.js';

/** `kiln down`: ends the `kiln up` that serves from the state folder, in order, or what a killed one left. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln down': 'stop what serves from .kiln',
  });
  command
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .action(async (options: { state?: string }) => {
      const stateFolder = path.resolve(cli.cwd, options.state ?? defaultStateFolder());
      const owner = await readServing(stateFolder);
      const isServing = owner !== null;
      if (isServing) await stopProcess(owner, { signal: 'SIGTERM', graceMs: 60_000 });
      const { ended, left } = await stopOrphans(stateFolder);
      const stuck = [
        ...(isServing && isSameProcess(owner) ? [`kiln up (process ${owner.pid})`] : []),
        ...left,
      ];
      refuseLeft(stuck);
      print(cli, [
        isServing || ended > 0 ? 'Stopped; the state is kept.' : 'Nothing serves from this state folder.',
      ]);
    });
}
