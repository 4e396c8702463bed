import type { Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

interface CancelOptions extends ConnectionOptions {
  readonly detach?: boolean;
}

/** Who cancels wants it done: an api that is just being started again is waited for. */
const PATIENCE_MS = 15_000;

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .option('-d, --detach', 'do not wait for the end')
    .addHelpText(
      'after',
      '\nExits with 0 when the build is cancelled (or was before), 2 when it had ended otherwise.',
    );
  addExamples(command, {
    'kiln cancel app#latest': 'ask for the end, and wait for it',
  });
  addConnectionOptions(command, 'one JSON line with the outcome');
  command.action((reference: string, options: CancelOptions) =>
    runAction(cli, options, () => cancel(cli, reference, options)),
  );
}

async function cancel(cli: Cli, reference: string, options: CancelOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { cancelBuild } = await import('../../contracts/build-operations.js');
  const { waitForEnd } = await import('../follow-build.js');
  const { summarise } = await import('../build-summary.js');
  const { cancelAnswer } = await import('../progress/cancel-answer.js');
  const { print, printJson } = await import('../output.js');
  const { BUILD_STATUS } = await import('../../domain/builds/status.js');
  const client = connect(cli, options, { firstPatienceMs: PATIENCE_MS, patienceMs: PATIENCE_MS });
  let isTold = false;
  const onRetry = (): void => {
    if (!isTold) cli.stderr.write('Kiln does not answer; trying again\n');
    isTold = true;
  };
  const found = await findBuild(client, reference, { onRetry });
  const asked = await client.call(cancelBuild, { params: { build: found.id } }, { onRetry });
  const left = new AbortController();
  const warn = (text: string): void => void cli.stderr.write(`${text}\n`);
  const stop = cli.onInterrupt(() => left.abort());
  const build =
    options.detach === true ? asked : await waitForEnd(client, asked, left.signal, warn).finally(stop);
  stop();
  const name = `${build.project}#${build.build_number}`;
  const rule = BUILD_STATUS[build.status];
  if (options.json === true) printJson(cli, summarise(build, []));
  else print(cli, [`${name} ${cancelAnswer(build)}`]);
  if (rule.terminal) return build.status === 'cancelled' ? EXIT.success : EXIT.refused;
  return left.signal.aborted ? EXIT.left : EXIT.success;
}
