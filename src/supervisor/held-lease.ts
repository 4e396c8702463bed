import { registryOf } from '../domain/images/registry-host.js';
import type { OpenUpload, PublicationReport } from '../domain/builds/publication.js';
import type { PublishSpec, RunReport } from '../ports/supervisor.js';
import type { RunDeps } from './deps.js';
import type { Journal, StopReason } from './journal.js';
import { keepTrying } from './keep-trying.js';
import { LeaseHolding } from './lease-holding.js';
import { patience } from './patience.js';
import { Run } from './run.js';

/** One lease on this host with the run that was asked for under it. Renewed until the api says that it is over. */
export class HeldLease {
  readonly #holding: LeaseHolding;
  readonly #kept: Promise<void>;
  #run: Run | null = null;

  constructor(
    private readonly deps: RunDeps,
    readonly journal: Journal,
    /** Called when the api says that the lease is over; expected to discard it. */
    onOver: (held: HeldLease) => void,
    /** Acknowledged just now: there is time until the first renewal. */
    isNew: boolean,
  ) {
    const { silenceMs, retryMaxMs } = deps.limits;
    this.#holding = new LeaseHolding(deps.controlPlane, journal, { silenceMs, retryMaxMs, log: deps.log });
    this.#kept = this.#holding.keep(
      {
        onCancelRequested: () => this.#stopSoon('cancelled'),
        onSilence: () => this.#stopSoon('lost'),
        onRefused: () => onOver(this),
      },
      isNew,
    );
    if (journal.state.requested) this.#run = new Run(deps, journal, this.#holding);
    this.#run?.report.catch(() => {});
  }

  get fence(): number {
    return this.journal.lease.fence;
  }

  get buildId(): string {
    return this.journal.lease.buildId;
  }

  /** Starts the run, or attaches to the one that was started. */
  async run(): Promise<RunReport> {
    if (this.#run === null) {
      await this.journal.save({ requested: true });
      this.#run ??= new Run(this.deps, this.journal, this.#holding);
      this.#run.report.catch(() => {});
    }
    return this.#run.report;
  }

  /** What to copy, with the credentials for it. They are not kept here. Repeats until the caller goes. */
  async publishSpec(caller: AbortSignal): Promise<PublishSpec> {
    const signal = this.#callSignal(caller);
    const { staging, repositories } = this.journal.grant.run;
    const hosts = [staging.repository, ...repositories].flatMap((name) => registryOf(name) ?? []);
    const wanted = { names: [], gitHost: null, registryHosts: [...new Set(hosts)] };
    const { registries } = await keepTrying(
      () => this.#holding.effect((auth) => this.deps.controlPlane.fetchSecrets(auth, wanted, signal)),
      patience(this.deps, signal),
    );
    return { from: staging.repository, to: repositories, registries };
  }

  /** Repeats until the api has kept it or the caller goes; gives the uploads that are under way. */
  async putPublication(report: PublicationReport, caller: AbortSignal): Promise<readonly OpenUpload[]> {
    const signal = this.#callSignal(caller);
    return keepTrying(
      () => this.#holding.effect((auth) => this.deps.controlPlane.putPublication(auth, report, signal)),
      patience(this.deps, signal),
    );
  }

  /** Ends the processes of the run; resolves when they are gone. */
  async stop(reason: StopReason): Promise<void> {
    await this.#run?.stop(reason);
  }

  /** Stops to follow the run, whose processes go on, once what was read is sent; `settled` tells when. */
  leave(): void {
    this.#run?.leave();
  }

  /** Resolves when the run has ended and its log is stored, or cannot be stored any more. */
  async settled(): Promise<void> {
    await this.#run?.report.catch(() => {});
  }

  /** Ends the renewals; the lease itself stays as it is. */
  async release(): Promise<void> {
    this.#holding.release();
    await this.#kept;
    await this.settled();
  }

  /** Ends everything of this lease and removes its folder. */
  async discard(): Promise<void> {
    this.#holding.refuse();
    await this.stop('refused');
    await this.release();
    await this.journal.remove();
  }

  /** A caller that goes leaves no repetition beside that of the next one. */
  #callSignal(caller: AbortSignal): AbortSignal {
    return AbortSignal.any([this.#holding.signal, caller]);
  }

  #stopSoon(reason: StopReason): void {
    this.stop(reason).catch((error: unknown) => {
      this.deps.log.error({ ...this.journal.lease, error: String(error) }, 'the run could not be stopped');
    });
  }
}
