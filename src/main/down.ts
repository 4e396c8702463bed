import type { Command } from 'commander';
import path from 'node:path';
import type { Cli } from '../cli/cli.js';
import { print } from '../cli/output.js';
import { isSameProcess } from '../embedded/process-identity.js';
import { readOwner } from '../embedded/owner.js';
import { stopProcess } from '../embedded/services/stop-process.js';
import { defaultStateFolder } from '../embedded/stack.js';

/** `kiln down`: ends the `kiln up` that serves from the state folder, in order. */
export function define(command: Command, cli: Cli): void {
  command
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .action(async (options: { state?: string }) => {
      const owner = await readOwner(path.resolve(cli.cwd, options.state ?? defaultStateFolder()));
      if (owner === null || !isSameProcess(owner)) {
        print(cli, ['Nothing serves from this state folder.']);
        return;
      }
      await stopProcess(owner, { signal: 'SIGTERM', graceMs: 60_000 });
      print(cli, ['Stopped; the state is kept.']);
    });
}
