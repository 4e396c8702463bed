import { Command, CommanderError } from 'commander';
import { showFailure } from '../cli/action.js';
import type { Cli, CommandEntry } from '../cli/cli.js';
import { CLI_COMMANDS } from '../cli/command-table.js';
import { EXIT, EXIT_CODES_HELP } from '../cli/exit-codes.js';
import { MAIN_COMMANDS } from './command-table.js';
import { processCli } from './process-cli.js';
import { readVersion } from './version.js';

/** Every command of `kiln`, in the order of --help. */
const COMMANDS: readonly CommandEntry[] = [...MAIN_COMMANDS, ...CLI_COMMANDS];

/**
 * Runs one command line and gives the exit code. Only the named command's file is loaded.
 * @param argv without node and script.
 */
export async function main(argv: readonly string[], cli: Cli = processCli()): Promise<number> {
  const program = new Command('kiln')
    .description('Builds container images, durably.')
    .version(readVersion(), '-V, --version')
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText('after', `\n${EXIT_CODES_HELP}`)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
    });
  const [first] = argv[0] === 'help' ? argv.slice(1) : argv;
  for (const entry of COMMANDS) {
    const command = program
      .command(entry.name)
      .summary(entry.summary)
      .description(`${entry.summary.charAt(0).toUpperCase()}${entry.summary.slice(1)}.`)
      .copyInheritedSettings(program);
    if (entry.name === first) (await entry.load()).define(command, cli);
  }
  try {
    if (argv.length === 0) program.help();
    await program.parseAsync(argv, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.refused;
    return showFailure(cli, {}, error);
  }
}
