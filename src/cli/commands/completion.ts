import { Argument, type Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { completionScript, type Shell, SHELLS } from '../completion/script.js';
import { EXIT } from '../exit-codes.js';

const ABOUT = `
Commands, options and their values, and the names of projects and builds where a Kiln answers.
\`kiln\` must be in PATH (\`npm link\` in the checkout puts it there).

  echo 'source <(kiln completion bash)' >> ~/.bashrc
  echo 'source <(kiln completion zsh)' >> ~/.zshrc         # after compinit
  kiln completion fish > ~/.config/fish/completions/kiln.fish`;

export function define(command: Command, cli: Cli): void {
  command.addArgument(new Argument('<shell>', 'which shell').choices(SHELLS)).addHelpText('after', ABOUT);
  command.action((shell: Shell) =>
    runAction(cli, {}, () => {
      cli.stdout.write(completionScript(shell));
      return Promise.resolve(EXIT.success);
    }),
  );
}
