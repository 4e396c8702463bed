import { randomUUID } from 'node:crypto';
import type { Build } from '../contracts/builds.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { EXIT } from './exit-codes.js';
import { followToEnd, type FollowedBuild } from './follow-build.js';
import { type Interrupts, watchInterrupts } from './interrupts.js';
import { progressFor } from './output.js';
import type { Progress } from './progress/progress.js';

/** What a command makes builds with, and follows them. */
export interface Making {
  readonly progress: Progress;
  readonly interrupts: Interrupts;
  /** Says that Kiln is asked again. */
  readonly onRetry: () => void;
  /** Of a call that makes a build, which may exist from now on: an interrupt cancels it instead of ending the request. */
  creating(): { readonly idempotencyKey: string; readonly signal: AbortSignal; readonly onRetry: () => void };
  /** Shows the build until it has ended, or the person has left. */
  follow(build: Build): Promise<FollowedBuild>;
}

/**
 * Has a command make builds and follow them under a display that ends before its last word, which gives the exit code. Ctrl-C means what
 * `Interrupts` says; a person who has left hears of no error.
 */
export async function makeAndFollow(
  cli: Cli,
  client: Client,
  options: Parameters<typeof progressFor>[1],
  make: (making: Making) => Promise<() => number>,
): Promise<number> {
  const progress = progressFor(cli, options);
  const interrupts = watchInterrupts(cli, client, progress);
  const onRetry = (): void => progress.note('Kiln does not answer; trying again');
  try {
    const lastWord = await make({
      ...{ progress, interrupts, onRetry },
      creating() {
        interrupts.creating();
        return { idempotencyKey: randomUUID(), signal: interrupts.left, onRetry };
      },
      follow: (build) =>
        followToEnd(client, build, progress, { signal: interrupts.left, onBuild: interrupts.seen }),
    });
    progress.close();
    return lastWord();
  } catch (error) {
    progress.close();
    if (!interrupts.isLeft()) throw error;
    return EXIT.left;
  } finally {
    interrupts.stop();
  }
}
