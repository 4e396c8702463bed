import type { LogSeal } from '../contracts/supervisor.js';
import type { RunOutcome } from '../domain/builds/outcome.js';
import { KilnError, toKilnError } from '../domain/errors.js';
import { AppendFile } from './append-file.js';
import type { RunDeps } from './deps.js';
import { fitOutcome } from './fit-report.js';
import type { Journal } from './journal.js';
import { sendArtifacts } from './keep-artifacts.js';
import { keepTrying } from './keep-trying.js';
import type { LeaseHolding } from './lease-holding.js';
import { LogUploader } from './log-uploader.js';
import { Masks } from './masks.js';
import { patience } from './patience.js';
import { StepSender } from './step-sender.js';

const MAX_CONFLICTS = 5;

/** Brings steps, log and outcome of one run to the api. */
export class Delivery {
  readonly steps: StepSender;
  #uploader: LogUploader | null = null;
  #flows: Promise<PromiseSettledResult<void>[]> | null = null;

  constructor(
    private readonly deps: RunDeps,
    private readonly journal: Journal,
    private readonly holding: LeaseHolding,
    masks: Masks,
  ) {
    this.steps = new StepSender(
      (steps) => holding.effect((auth) => deps.controlPlane.putSteps(auth, steps, holding.signal)),
      masks,
      deps.limits.sendEveryMs,
      patience(deps, holding.signal),
    );
  }

  /** Begins to send what is in the spool and what comes later. */
  start(spool: AppendFile): void {
    this.#uploader = new LogUploader(
      spool,
      this.journal.uploadedPath,
      (chunks) =>
        this.holding.effect((auth) => this.deps.controlPlane.appendLog(auth, chunks, this.holding.signal)),
      this.deps.limits.sendEveryMs,
      patience(this.deps, this.holding.signal),
    );
    this.#flows = Promise.allSettled([this.#uploader.run(), this.steps.run()]);
  }

  /** More of the log is on disk. */
  ring(): void {
    this.#uploader?.ring();
  }

  /** Resolves when the steps and the log that is on disk are stored; nothing more may be put after it. */
  async flush(): Promise<void> {
    this.#uploader?.close();
    this.steps.close();
    for (const flow of (await this.#flows) ?? []) if (flow.status === 'rejected') throw flow.reason;
  }

  /** Resolves when log, steps and outcome are stored. Raises stale_fence when the lease is over. */
  async finish(outcome: RunOutcome, log: LogSeal): Promise<void> {
    await this.flush();
    const fitting = fitOutcome(outcome);
    for (let conflicts = 0; ; conflicts++) {
      try {
        await keepTrying(
          () =>
            this.holding.effect((auth) =>
              this.deps.controlPlane.finish(auth, fitting, log, this.holding.signal),
            ),
          patience(this.deps, this.holding.signal),
        );
        return;
      } catch (thrown) {
        const error = toKilnError(thrown);
        if (error.code !== 'conflict' || conflicts === MAX_CONFLICTS) throw error;
        this.deps.log.warn(
          { ...this.journal.lease, fields: error.fields },
          'log and artifacts are sent again',
        );
        await sendArtifacts(this.deps, this.journal, this.holding, fitting.artifacts ?? []);
        this.#uploader?.startOver();
        await this.#uploader?.sendAll();
      }
    }
  }
}

/** Delivers an ending that an earlier life of the supervisor has left in the journal. */
export async function deliverFromJournal(
  deps: RunDeps,
  journal: Journal,
  holding: LeaseHolding,
): Promise<void> {
  const { ending } = journal.state;
  if (ending === null) throw new KilnError('internal', { detail: 'the journal holds no ending' });
  const spool = await AppendFile.open(journal.chunksPath, () => {});
  try {
    const delivery = new Delivery(deps, journal, holding, new Masks());
    for (const step of await journal.steps()) delivery.steps.put(step);
    delivery.start(spool);
    await delivery.finish(ending.outcome, ending.log);
  } finally {
    await spool.close();
  }
}
