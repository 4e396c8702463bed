import type { CommandEntry, CommandModule } from '../cli/cli.js';

/** The commands that start, stop and examine Kiln itself. Each file of this folder exports `define(command, cli)`. */
export const MAIN_COMMANDS: readonly CommandEntry[] = [
  entry('up', 'start everything on this machine and serve until Ctrl-C'),
  entry('down', 'stop what `kiln up` started'),
  entry('demo', 'build an example image from nothing and show what happened'),
  entry('keys', 'show or rotate the keys under which secrets are stored'),
  entry('setup', 'prepare an existing PostgreSQL and Temporal for Kiln'),
  entry('backup', 'write everything that a Kiln keeps into a folder, while builds run'),
  entry('restore', 'make a Kiln of a backup'),
  entry('verify', 'look whether everything holds that Kiln promises of its state'),
  entry('doctor', 'show what Kiln needs, what was found, and what to do'),
];

function entry(name: string, summary: string): CommandEntry {
  const file = new URL(`./${name}.js`, import.meta.url).href;
  return { name, summary, load: async () => (await import(file)) as CommandModule };
}
