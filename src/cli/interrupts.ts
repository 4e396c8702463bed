import { cancelBuild } from '../contracts/build-operations.js';
import type { Build } from '../contracts/builds.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import { isHeld } from './progress/held-build.js';
import { toFailure } from './failure.js';
import type { Progress } from './progress/progress.js';

/** What Ctrl-C means while a build is made and followed. */
export interface Interrupts {
  /** Aborts at Ctrl-C as long as no build can exist yet. */
  readonly beforeCreation: AbortSignal;
  /** Aborts when the person leaves without waiting for the end. */
  readonly left: AbortSignal;
  creating(): void;
  created(build: Build): void;
  /** The build as it is now. */
  seen(build: Build): void;
  isLeft(): boolean;
  stop(): void;
}

/** On a line of its own, so that a narrow terminal does not break it in the middle. */
const LEAVE = '  Ctrl-C again leaves without waiting';

/**
 * The first Ctrl-C cancels the build (or, before there is one, ends the command); the second leaves. One that waits for approval is
 * left at once: it is somebody else's turn.
 */
export function watchInterrupts(cli: Cli, client: Client, progress: Progress): Interrupts {
  const before = new AbortController();
  const left = new AbortController();
  let mayExist = false;
  let build: Build | null = null;
  let presses = 0;
  const cancel = (target: Build): void => {
    progress.note(`Cancelling ${target.project}#${target.build_number}\n${LEAVE}`);
    client
      .call(cancelBuild, { params: { build: target.id } }, { signal: left.signal })
      .catch((error: unknown) => {
        if (left.signal.aborted) return;
        progress.note(`The build could not be cancelled: ${toFailure(error).message}`);
      });
  };
  const stop = cli.onInterrupt(() => {
    presses += 1;
    if (!mayExist) before.abort();
    if (!mayExist || presses > 1 || (build !== null && isHeld(build))) left.abort();
    else if (build !== null) cancel(build);
    else progress.note(`Cancelling as soon as the build is accepted\n${LEAVE}`);
  });
  return {
    beforeCreation: before.signal,
    left: left.signal,
    creating: () => void (mayExist = true),
    created(accepted) {
      build = accepted;
      if (presses > 0) cancel(accepted);
    },
    seen: (now) => void (build = now),
    isLeft: () => left.signal.aborted,
    stop,
  };
}
