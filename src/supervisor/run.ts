import { type KilnError, toKilnError } from '../domain/errors.js';
import type { RunEnd } from '../ports/engine.js';
import type { RunReport } from '../ports/supervisor.js';
import { Delivery, deliverFromJournal } from './delivery.js';
import { applyBuildFile } from './apply-build-file.js';
import type { RunDeps } from './deps.js';
import { followOutput } from './follow-output.js';
import { type Journal, runKey, type StopReason } from './journal.js';
import type { LeaseHolding } from './lease-holding.js';
import { RunLint } from './lint.js';
import { failedOutcome, failureOf } from './outcome.js';
import { fetchSource, makePlan, openSecrets, openWorkspace, type Opened } from './prepare-run.js';
import { RunBounds } from './run-bounds.js';
import { RunEnding } from './run-ending.js';
import { openRunGroup } from './run-group.js';
import { removeBuildRecords, removeRemains, removeWork } from './run-remains.js';
import { RunLog } from './run-log.js';
import { maskText } from './masking.js';
import { unreadBasesLine } from './hide-bases.js';
import { Masks } from './masks.js';
import { RunStop } from './run-stop.js';
import { keptValues, RunSecrets } from './secrets.js';

/**
 * The life of one attempt: source, plan, process, output, outcome. Each part first looks into the journal, so that a
 * supervisor which starts again goes on where the one before was killed.
 */
export class Run {
  readonly report: Promise<RunReport>;
  readonly #stop: RunStop;
  readonly #masks = new Masks();
  readonly #bounds: RunBounds;
  readonly #lint: RunLint;
  #starting: Promise<unknown> | null = null;
  #removing: Promise<void> | null = null;
  /** The process has ended by its own record, and nothing of it was left after that. */
  #isGone = false;

  constructor(
    private readonly deps: RunDeps,
    private readonly journal: Journal,
    private readonly holding: LeaseHolding,
  ) {
    this.#lint = new RunLint(deps, journal, this.#masks);
    this.#stop = new RunStop(journal, holding, deps.limits.stopAskMs);
    this.#bounds = new RunBounds(
      journal,
      deps.limits.measureEveryMs,
      () => this.#endProcesses(),
      (error) => this.#note(toKilnError(error), 'a run beyond its limits could not be ended'),
    );
    this.report = this.#live();
  }

  /** Ends the run; its processes are gone when this resolves. A run that is over stays what it was. */
  async stop(reason: StopReason): Promise<void> {
    if (this.journal.state.report !== null) return;
    await this.#stop.stop(reason);
    await this.#endProcesses();
  }

  async #endProcesses(): Promise<void> {
    await this.#starting?.catch(() => {});
    if (!this.#isGone) await this.deps.runner.stop(this.journal.runFolder, this.deps.limits.stopGraceMs);
  }

  /** Lets go of the run without ending it. What was read is sent, then the report is refused as supervisor_unavailable. */
  leave(): void {
    this.#stop.leave();
  }

  async #live(): Promise<RunReport> {
    const { journal } = this;
    try {
      if (journal.state.report !== null) return await this.#conclude(journal.state.report);
      this.#bounds.start();
      if (journal.state.ending === null) await this.#build();
      else await deliverFromJournal(this.deps, journal, this.holding);
      return await this.#conclude();
    } catch (thrown) {
      const error = toKilnError(thrown);
      if (this.#stop.isLeft) throw error;
      this.#note(error, 'the run is lost');
      return await this.#conclude({ result: 'lost', manifestDigest: null });
    } finally {
      this.#bounds.stop();
      if (!this.#stop.isLeft) await this.#endProcesses().catch(() => {});
    }
  }

  async #conclude(known?: RunReport): Promise<RunReport> {
    const outcome = this.journal.state.ending?.outcome;
    const report = known ?? {
      result: outcome?.result ?? 'lost',
      manifestDigest: outcome?.image?.manifestDigest ?? null,
    };
    await this.#endProcesses();
    await this.#removeGroup();
    await this.#makeRoom();
    await (this.#removing ?? removeBuildRecords(this.deps, this.journal));
    await Promise.all([this.journal.save({ report }), removeRemains(this.deps, this.journal)]);
    return report;
  }

  async #build(): Promise<void> {
    const { deps, journal, holding } = this;
    const isStarted = (await deps.runner.find(journal.runFolder)) !== null;
    const masks = this.#masks;
    if (isStarted) masks.add(await keptValues(journal.workspace.secrets));
    const secrets = new RunSecrets(deps, journal, holding, masks);
    const isOver = isStarted || journal.state.stop !== null;
    const opening: Promise<Opened> = isOver ? Promise.resolve({}) : this.#open(secrets);
    const delivery = new Delivery(deps, journal, holding, masks);
    const log = await RunLog.open(
      { tape: journal.tapePath, chunks: journal.chunksPath },
      {
        masks,
        steps: delivery.steps,
        spool: deps.limits,
        limits: journal.limits,
        onStep: (step) => this.#bounds.see(step),
        onDurable: () => delivery.ring(),
      },
    );
    try {
      const opened = await opening;
      delivery.start(log.spool.file);
      const ending = new RunEnding(deps, journal, log, delivery.steps, masks, secrets, holding, this.#stop);
      const outcome = await this.#outcome(log, delivery, ending, secrets, { isStarted, ...opened });
      await this.#makeRoom();
      const judged = await this.#lint.addTo(outcome);
      const [seal] = await Promise.all([log.seal(), journal.saveSteps(delivery.steps.steps)]);
      const stored = { outcome: judged, log: seal };
      delivery.flush().catch(() => {});
      await journal.save({ ending: stored });
      // Beside the delivery; what fails here is done again before the report.
      const emptied = Promise.all([
        removeWork(journal),
        this.#isGone ? this.#removeGroup().catch(() => {}) : undefined,
      ]);
      const delivering = delivery.finish(stored.outcome, stored.log);
      await Promise.allSettled([delivering, emptied]);
      await delivering;
    } finally {
      await log.close();
    }
  }

  async #outcome(
    log: RunLog,
    delivery: Delivery,
    ending: RunEnding,
    secrets: RunSecrets,
    opened: Opened & { isStarted: boolean },
  ) {
    try {
      if (!opened.isStarted) {
        for (const entry of log.takeRecorded())
          if (entry.kind === 'line') log.playLine(entry.text, entry.level);
        if (opened.failure !== undefined) throw opened.failure;
        delivery.steps.open();
        await this.#start(log, secrets, opened);
      }
    } catch (thrown) {
      this.holding.signal.throwIfAborted();
      const stop = await this.#stop.reason();
      if (stop !== null) return await ending.stopped(stop, null);
      this.#stop.leaving.throwIfAborted();
      const error = toKilnError(this.#bounds.signal.aborted ? this.#bounds.signal.reason : thrown);
      this.#note(error, 'the run could not start');
      await this.#makeRoom();
      return await ending.close(failedOutcome(failureOf(error, 'compile'), null, await ending.metrics(null)));
    }
    return await this.#follow(log, delivery, ending, opened.isStarted);
  }

  async #follow(log: RunLog, delivery: Delivery, ending: RunEnding, isAdopted: boolean) {
    const { deps, journal } = this;
    let end: RunEnd | null = null;
    try {
      const { plan } = journal.state;
      if (isAdopted && !log.hasRecordedEnd && (await deps.runner.hasEnded(journal.runFolder)))
        await journal.save({ endedUnwatched: true });
      if (plan === null) return await ending.stopped('lost', null);
      void ending.askVersions();
      if (journal.state.stop !== null || journal.state.exceeded !== null)
        await deps.runner.stop(journal.runFolder, deps.limits.stopGraceMs);
      const verdict = await followOutput({
        folder: journal.runFolder,
        parser: deps.engineFor(journal.grant.run.build_method).createParser(plan),
        log,
        signal: this.#stop.leaving,
        onCaughtUp: () => {
          delivery.steps.open();
          this.#bounds.caughtUp();
        },
        wait: async (signal) => {
          end = await deps.runner.wait(journal.runFolder, signal);
          // Of a run that ended by itself the builder knows the end: its record, with what steps have printed, goes while the rest is done.
          if (end?.signal === null && journal.state.stop === null)
            this.#removing = removeBuildRecords(this.deps, this.journal);
          await deps.runner.stop(journal.runFolder, 0);
          this.#isGone = end !== null;
          return end;
        },
      });
      const stop = await this.#stop.reason();
      if (stop !== null) return await ending.stopped(stop, end);
      const { exceeded } = journal.state;
      if (exceeded !== null && verdict?.failure !== null) return await ending.exceeded(exceeded, end);
      return verdict === null ? await ending.stopped('lost', null) : await ending.judged(verdict, end);
    } catch (thrown) {
      this.holding.signal.throwIfAborted();
      const error = toKilnError(thrown);
      if (thrown === this.#stop.leaving.reason) {
        await log.spool.flush();
        await delivery.flush();
        throw error;
      }
      this.#note(error, 'the output of the run could not be followed');
      await deps.runner.stop(journal.runFolder, deps.limits.stopGraceMs);
      const stop = await this.#stop.reason();
      if (stop !== null) return await ending.stopped(stop, end);
      const exceeded = journal.state.exceeded ?? (isVerdict(error) ? failureOf(error, 'build') : null);
      if (exceeded === null) return await ending.stopped('lost', end);
      await this.#makeRoom();
      await journal.save({ exceeded });
      return await ending.exceeded(exceeded, end);
    }
  }

  async #removeGroup(): Promise<void> {
    await this.deps.groups?.remove(runKey(this.journal.lease));
  }

  /** What ends a run has to be written down, on a disk that may be full of its source. */
  async #makeRoom(): Promise<void> {
    await this.journal.removeSource().catch((error: unknown) => {
      this.#note(toKilnError(error), 'the source of a run could not be removed');
    });
  }

  /** Fires when the run ends from outside, is left to the next supervisor, or loses its lease. */
  get #ended(): AbortSignal {
    return AbortSignal.any([this.#stop.halt, this.#stop.leaving, this.holding.signal, this.#bounds.signal]);
  }

  async #open(secrets: RunSecrets): Promise<Opened> {
    const { deps, journal } = this;
    try {
      return {
        secrets: await openWorkspace(deps, journal, secrets, this.#ended),
        reopen: () => openSecrets(deps, journal, secrets, this.#ended),
      };
    } catch (failure) {
      return { failure };
    }
  }

  async #start(log: RunLog, secrets: RunSecrets, opened: Opened): Promise<void> {
    const { deps, journal, holding } = this;
    const signal = this.#ended;
    const git = opened.secrets?.git ?? null;
    const sourceDurationMs = await fetchSource(deps, journal, holding, log, git, signal);
    const isSettled = await applyBuildFile(deps, journal, holding, log, signal);
    const files = isSettled ? await opened.reopen?.() : opened.secrets;
    const group = await openRunGroup(deps, journal, log);
    const made = await makePlan(deps, journal, files, group, secrets, signal);
    const { dockerfile, plan, access, unreadBases, ...read } = made;
    this.#lint.start(dockerfile, signal);
    // Its environment is for the process alone: the address of a proxy may hold a password.
    const saving = journal.save({ plan: { ...plan, env: {} }, ...read, sourceDurationMs });
    const ready = [unreadBases, access, saving] as const;
    // Whoever fails first: the others write into a workspace that is removed then.
    await Promise.allSettled(ready);
    const [unread] = await Promise.all(ready);
    if (unread.length > 0) await log.say('bases', unreadBasesLine(unread), 'WARN');
    await log.say(
      'start',
      `Building with ${journal.grant.run.build_method}, attempt ${journal.grant.run.attempt}`,
    );
    signal.throwIfAborted();
    this.#starting = deps.runner.start(journal.runFolder, plan);
    await this.#starting;
  }

  #note(error: KilnError, text: string): void {
    const detail = error.detail && maskText(error.detail, this.#masks);
    this.deps.log.warn({ ...this.journal.lease, code: error.code, detail }, text);
  }
}

/** Whether an error of following the output says how the run ended. */
function isVerdict({ code }: KilnError): boolean {
  return code === 'output_too_large' || code === 'disk_full';
}
