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

const START = `
Start:
  kiln demo                 see all of it work, from nothing to an image
  kiln up                   serve on this machine; then, in another terminal:
  kiln build .              build the folder you are in
  kiln show app#latest      what came of it`;

/** What shells call at each Tab: \`kiln __complete WORD... WORD-UNDER-THE-CURSOR\`. */
const COMPLETE = '__complete';

/**
 * Whether a command line needs more than the bundle of the command line holds: the commands of Kiln itself and the opener of browser
 * windows find their parts beside their own files.
 */
export function needsFiles(argv: readonly string[]): boolean {
  return [...MAIN_COMMANDS.map(({ name }) => name), 'open'].some((name) => argv.includes(name));
}

/**
 * Runs one command line and gives the exit code. Only the named command's file is loaded.
 * @param argv without node and script.
 */
export async function main(argv: readonly string[], cli: Cli = processCli()): Promise<number> {
  const [first, second] = argv;
  if (first === COMPLETE) return complete(cli, argv.slice(1));
  const program = createProgram(cli);
  const named = first === 'help' ? second : first;
  await addCommands(program, cli, ({ name }) => name === named);
  try {
    if (argv.length === 0) program.help();
    /* Commander's own help of an unknown command says nothing of it. */
    const isAsked = first !== 'help' || COMMANDS.some(({ name }) => name === second);
    await program.parseAsync(isAsked ? argv : argv.slice(1), { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.refused;
    return showFailure(cli, {}, error);
  }
}

function createProgram(cli: Cli): Command {
  return new Command('kiln')
    .description('Builds container images, durably.')
    .version(readVersion(), '-V, --version')
    .showHelpAfterError('Add --help to see what there is.')
    .addHelpText('after', `${START}\n\n${EXIT_CODES_HELP}`)
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ commandDescription: (command) => sentence(command.description()) })
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
    });
}

/** A line of a list as the headline of a page. */
function sentence(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`;
}

async function addCommands(
  program: Command,
  cli: Cli,
  isNeeded: (entry: CommandEntry) => boolean,
): Promise<void> {
  for (const entry of COMMANDS) {
    if (entry === MAIN_COMMANDS[0]) program.commandsGroup('Kiln itself:');
    if (entry === CLI_COMMANDS[0]) program.commandsGroup('Builds and projects of a Kiln that serves:');
    const command = program.command(entry.name).description(entry.summary).copyInheritedSettings(program);
    if (isNeeded(entry)) (await entry.load()).define(command, cli);
  }
  const help = program.createCommand('help').argument('[command]').description('show the help of a command');
  program.addHelpCommand(help.helpGroup('Kiln itself:'));
}

/** Prints proposals, one a line with its meaning after a tab. Never fails: a Tab shows no errors. */
async function complete(cli: Cli, words: readonly string[]): Promise<number> {
  try {
    const { proposalsFor } = await import('../cli/completion/proposals.js');
    const { knownNames } = await import('../cli/completion/known-names.js');
    const program = createProgram(cli);
    const before = words.slice(0, -1);
    await addCommands(program, cli, ({ name }) => before.includes(name));
    const found = await proposalsFor(program, before, words.at(-1) ?? '', knownNames(cli));
    cli.stdout.write(found.map(({ value, meaning }) => `${value}\t${meaning.split('\n')[0]}\n`).join(''));
  } catch (error) {
    if (cli.env['KILN_DEBUG']) return showFailure(cli, {}, error);
  }
  return EXIT.success;
}
