import { setTimeout as sleep } from 'node:timers/promises';
import { askYesNo } from './ask-yes-no.js';
import type { Cli } from './cli.js';
import { usageFailure } from './failure.js';
import type { ConnectionOptions } from './options.js';

export interface PruneOptions extends ConnectionOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

const LOOK_MS = 300;

/** Whether a prune is to remove what was shown. A person is asked; a script has to say so itself. */
export async function confirmPrune(cli: Cli, options: PruneOptions, question: string): Promise<boolean> {
  if (options.yes === true) return true;
  if (cli.stdin.isTTY === true && options.json !== true) return askYesNo(cli, question);
  throw usageFailure(
    'Nobody can be asked here, so nothing is removed.',
    'Add --yes to remove what is shown, or --dry-run to look only.',
  );
}

/** The prune once it is over. */
export async function untilPruned<P extends { readonly completed_at: string | null }>(
  look: () => Promise<P>,
): Promise<P> {
  for (;;) {
    const prune = await look();
    if (prune.completed_at !== null) return prune;
    await sleep(LOOK_MS);
  }
}
