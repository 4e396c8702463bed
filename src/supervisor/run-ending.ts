import { readFile } from 'node:fs/promises';
import { awaitedLater } from '../domain/awaited-later.js';
import { registryOf } from '../domain/images/registry-host.js';
import { KilnError, toKilnError } from '../domain/errors.js';
import type { InspectedImage, RunFailure, RunMetrics, RunOutcome } from '../domain/builds/outcome.js';
import { withLine } from '../domain/images/dockerfile/line-of.js';
import { refuseLargeImage } from '../domain/images/too-large.js';
import type { FailureStage } from '../domain/builds/status.js';
import { withHint } from '../domain/builds/step-hints.js';
import { STEP_STATUS } from '../domain/builds/step-status.js';
import type { RunEnd, RunVerdict } from '../ports/engine.js';
import { judgeAbsence } from './behind-mirrors.js';
import type { RunDeps } from './deps.js';
import { eventsOf, explainByGroup } from './explain-by-group.js';
import { type Journal, runKey, type StopReason } from './journal.js';
import { keepArtifacts, withArtifactLimit } from './keep-artifacts.js';
import { keepTrying } from './keep-trying.js';
import {
  failedOutcome,
  failureOf,
  maskFailure,
  maskImage,
  maskToldByImage,
  metricsOf,
  stoppedOutcome,
  succeededOutcome,
} from './outcome.js';
import type { LeaseHolding } from './lease-holding.js';
import type { Masks } from './masks.js';
import { materialsOf } from './materials.js';
import { patience } from './patience.js';
import type { RunLog } from './run-log.js';
import type { StepSender } from './step-sender.js';
import type { RunStop } from './run-stop.js';
import { readTests, takeReports } from './run-tests.js';
import type { RunSecrets } from './secrets.js';

/** Makes the outcome of a run and writes the last lines of its log. */
export class RunEnding {
  #versions: ReturnType<RunEnding['askVersions']>;

  constructor(
    private readonly deps: RunDeps,
    private readonly journal: Journal,
    private readonly log: RunLog,
    private readonly steps: StepSender,
    private readonly masks: Masks,
    private readonly secrets: RunSecrets,
    private readonly holding: LeaseHolding,
    /** What ends a run that is being judged: nobody waits for what it would keep. */
    private readonly stop: Pick<RunStop, 'halt' | 'reason'>,
  ) {}

  get #signal(): AbortSignal {
    return this.holding.signal;
  }

  /** Asks once which versions build the run: beside it, since that takes a while. */
  askVersions(): ReturnType<NonNullable<RunDeps['toolVersions']>> | undefined {
    const { grant, trust } = this.journal;
    const { build_method: method, tenant_id: tenantId } = grant.run;
    const asked = (this.#versions ??= this.deps.toolVersions?.({ method, tenantId, trust }, this.#signal));
    return asked && awaitedLater(asked);
  }

  async metrics(pushMs: number | null): Promise<RunMetrics> {
    const { runFolder, state } = this.journal;
    const isStarted = (await this.deps.runner.find(runFolder)) !== null;
    const usage = isStarted ? await this.deps.runner.usage(runFolder) : null;
    // Only a method that has an engine can have started.
    const isUsageOfBuild =
      isStarted && this.deps.engineFor(this.journal.grant.run.build_method).worksInProcess;
    const of = isUsageOfBuild ? 'run' : 'builder';
    const group = await this.deps.groups?.measure(runKey(this.journal.lease), of);
    return metricsOf(usage, {
      ...{ sourceMs: state.sourceDurationMs, pushMs, isUsageOfBuild },
      group: group ?? null,
    });
  }

  /** A run that was ended from outside, or whose process vanished. */
  async stopped(reason: StopReason, end: RunEnd | null): Promise<RunOutcome> {
    return this.close(stoppedOutcome(reason, end?.exitCode ?? null, await this.metrics(null)));
  }

  /** A run that was ended because it went over a limit. */
  async exceeded(failure: RunFailure, end: RunEnd | null): Promise<RunOutcome> {
    return this.close(failedOutcome(failure, end?.exitCode ?? null, await this.metrics(null)));
  }

  /**
   * A run that ended by itself: the image is read back from the registry before it counts. A failure that may pass, of a run that
   * nobody watched, counts as the loss of the run: the host's services were most likely stopped together.
   */
  async judged(verdict: RunVerdict, end: RunEnd | null): Promise<RunOutcome> {
    const outcome = await this.#judge(verdict, end);
    const warnings = [...(verdict.warnings ?? []), ...(outcome.warnings ?? [])];
    return { ...outcome, warnings };
  }

  async #judge(verdict: RunVerdict, end: RunEnd | null): Promise<RunOutcome> {
    const exitCode = end?.exitCode ?? null;
    const metrics = await this.metrics(verdict.pushDurationMs);
    const events = (await this.deps.groups?.events(runKey(this.journal.lease))) ?? null;
    const { failure, notes } = explainByGroup(
      this.journal,
      { failure: verdict.failure, events: eventsOf(events, end), end },
      this.deps.machine,
    );
    for (const note of notes) await this.log.say('group', note, 'WARN');
    if (failure?.retryable === true && this.journal.state.endedUnwatched) {
      await this.log.say('unwatched', `While no supervisor was there: ${failure.message}`, 'WARN');
      return this.close(stoppedOutcome('lost', exitCode, metrics));
    }
    if (failure !== null) {
      const { mirrored } = this.journal.state;
      const judged = await judgeAbsence(failure, mirrored, this.deps.registryTrouble, this.#signal);
      const dockerfile = await readFile(this.journal.workspace.dockerfile, 'utf8').catch(() => null);
      const told = withHint(withLine(withArtifactLimit(judged, this.journal), dockerfile));
      return this.close(failedOutcome(told, exitCode, metrics));
    }
    const failed = (error: KilnError, stage: FailureStage): Promise<RunOutcome> => {
      this.#signal.throwIfAborted();
      return this.close(failedOutcome(failureOf(error, stage), exitCode, metrics));
    };
    const telling = this.askVersions();
    let image: InspectedImage;
    try {
      const read = await this.#readBack(verdict.stagedDigest);
      for (const step of read.steps) this.steps.put(step);
      image = maskToldByImage(read.image);
    } catch (thrown) {
      return failed(missing(toKilnError(thrown)), 'verification');
    }
    await this.log.say('staged', `Staged ${image.repository}@${image.manifestDigest}`);
    try {
      const outcome = await this.#keep(image, exitCode, metrics);
      const tools = await telling;
      const { plan, remoteFiles: files, pinnedImages: pinned } = this.journal.state;
      const materials = materialsOf(plan, verdict, { files, pinned }, this.masks);
      return await this.close({
        ...outcome,
        ...(tools !== undefined && { tools }),
        ...(materials !== undefined && { materials }),
      });
    } catch (thrown) {
      this.#signal.throwIfAborted();
      const stop = this.stop.halt.aborted ? await this.stop.reason() : null;
      return stop === null ? failed(toKilnError(thrown), 'build') : this.stopped(stop, end);
    }
  }

  /** The outcome of a run whose image is there, with what is kept of it. */
  async #keep(image: InspectedImage, exitCode: number | null, metrics: RunMetrics): Promise<RunOutcome> {
    const { deps, journal, holding, log, masks } = this;
    const signal = AbortSignal.any([this.#signal, this.stop.halt]);
    const reports = await takeReports(
      deps,
      journal,
      image,
      () => this.#credentialsFor(image.repository),
      signal,
    );
    const artifacts = await keepArtifacts(deps, journal, holding, log, masks, reports, signal);
    const { tests, warnings, failure } = await readTests(deps, journal, artifacts, masks, log);
    const outcome =
      failure === null
        ? succeededOutcome(image, exitCode, metrics)
        : failedOutcome(failure, exitCode, metrics);
    return {
      ...outcome,
      ...(artifacts.length > 0 && { artifacts }),
      ...(tests !== null && { tests }),
      ...(warnings.length > 0 && { warnings }),
    };
  }

  /** Says how it ended, closes the steps that nobody will close any more, hides secrets. */
  async close(outcome: RunOutcome): Promise<RunOutcome> {
    const failure = outcome.failure && maskFailure(outcome.failure, this.masks);
    const completedAt = new Date().toISOString();
    for (const step of this.steps.steps) {
      if (STEP_STATUS[step.status].terminal) continue;
      if (step.status === 'pending') this.steps.put({ ...step, status: 'skipped' });
      else this.steps.put({ ...step, status: 'failed', completedAt, errorMessage: failure?.message ?? null });
    }
    if (failure !== null) {
      const code = failure.code === 'cancelled' ? '' : ` (${failure.code})`;
      await this.log.say('failed', `${failure.message}${code}`, 'ERROR');
    }
    return { ...outcome, failure };
  }

  #credentialsFor(repository: string): ReturnType<RunSecrets['registries']> {
    return this.secrets.registries([registryOf(repository) ?? []].flat(), patience(this.deps, this.#signal));
  }

  async #readBack(digest: string | null) {
    if (digest === null) {
      throw new KilnError('engine_failed', { message: 'The builder ended well but named no image digest.' });
    }
    const { repository } = this.journal.grant.run.staging;
    const waits = patience(this.deps, this.#signal);
    const known = await this.#credentialsFor(repository);
    const registry = this.deps.registryFor(known);
    const served = await keepTrying(() => registry.inspect(repository, digest, this.#signal), {
      ...waits,
      tries: this.deps.limits.inspectTries,
    });
    if (served.manifestDigest !== digest) throw new KilnError('image_mismatch');
    refuseLargeImage(this.journal.limits.image_max_bytes, served);
    // Before its layers are held against the steps, in which the same is hidden.
    const masked = maskImage(served, this.masks);
    const image = { ...masked, baseImage: this.journal.state.baseImage ?? served.baseImage };
    const { steps } = this.steps;
    return this.deps.attributeLayers?.(image, steps) ?? { image, steps };
  }
}

/** An image that the builder says it pushed and that is not there is a mismatch, not a wrong question. */
function missing(error: KilnError): KilnError {
  return error.code === 'not_found' ? new KilnError('image_mismatch', { cause: error }) : error;
}
