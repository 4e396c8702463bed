import { setTimeout as sleep } from 'node:timers/promises';
import { awaitedLater } from '../src/domain/awaited-later.js';
import type { OwnKiln } from './own-kiln.js';
import { signalGroup, signalOne } from './own-kiln.js';
import type { Fault } from './plan.js';
import { afterCommitOf, beforeCommitOf, buildsOn, hasLostAll, notElsewhere } from './points.js';
import { processesOf, type StubHost } from './stub-host.js';

/** A fault that was carried out. */
export interface DoneFault {
  readonly fault: Fault;
  readonly atMs: number;
  /** When the victim ran again (or went on), as far as the drill waits for it. */
  readonly upAtMs: number;
  /** Of the hosts that did not renew their leases meanwhile. */
  readonly lostWorkerIds: readonly string[];
  /** Of the whole stack: when it was started again. */
  readonly startedAtMs: number | null;
  /** Whether its point came; it was carried out all the same. */
  readonly atPoint: boolean;
  /** Of a supervisor that was lost alone: builds of its host that ran nowhere else while it was away. */
  readonly notElsewhere: readonly string[];
}

const BACK_TIMEOUT_MS = 30_000;
const ACKNOWLEDGED_TIMEOUT_MS = 60_000;
const LOOK_MS = 20;

export interface NemesisOptions {
  readonly kiln: OwnKiln;
  readonly hosts: readonly StubHost[];
  readonly scratch: string;
  /** How much of the builds has ended. */
  readonly shareEnded: () => number;
  /** How many builds clients have heard to be accepted. */
  readonly acknowledged: () => number;
  readonly say: (text: string) => void;
  /** How long it waits for a victim to be there, before and after it is hit. */
  readonly backTimeoutMs?: number;
}

/** Carries out the faults of a plan one after the other, each at its moment, on processes of this Kiln only. */
export class Nemesis {
  readonly done: DoneFault[] = [];
  #stopped = false;
  #next: Fault | undefined;

  constructor(private readonly options: NemesisOptions) {}

  /** Whether every fault of the plan was tried. */
  get isThrough(): boolean {
    return this.#next === undefined;
  }

  /** The share at which the next fault is due, or the present one was; 1 when none is left. */
  get nextShare(): number {
    return this.#next?.atShare ?? 1;
  }

  async run(plan: readonly Fault[]): Promise<void> {
    this.#next = plan[0];
    for (const [index, fault] of plan.entries()) {
      while (!this.#stopped && this.options.shareEnded() < fault.atShare) await sleep(LOOK_MS);
      if (this.#stopped) return;
      await this.#strike(fault);
      this.#next = plan[index + 1];
    }
  }

  /** No further fault begins. */
  stop(): void {
    this.#stopped = true;
  }

  async #strike(fault: Fault): Promise<void> {
    const { db } = this.options.kiln;
    let strike: Promise<void> | null = null;
    // What has to come back may wait for the transaction that is held, so that is not awaited here.
    const begin = async (): Promise<void> => {
      strike = awaitedLater(this.#carryOut(fault, true));
      await sleep(LOOK_MS);
    };
    if ('point' in fault.at) {
      const wait = fault.at.when === 'before' ? beforeCommitOf : afterCommitOf;
      await wait(db, fault.at.point, begin).catch(() => false);
    } else if ('whileBuilding' in fault.at) {
      if (await buildsOn(db, this.options.hosts[fault.host]!.workerId)) await begin();
    } else if ('afterAcknowledgement' in fault.at) {
      const before = this.options.acknowledged();
      const heard = (): number | null => (this.options.acknowledged() > before ? 1 : null);
      if ((await until(heard, ACKNOWLEDGED_TIMEOUT_MS)) !== null) await begin();
    } else {
      await sleep(fault.at.afterMs);
    }
    strike ??= this.#carryOut(fault, 'afterMs' in fault.at);
    await strike;
  }

  async #carryOut(fault: Fault, cameTo: boolean): Promise<void> {
    const { kiln, hosts, scratch } = this.options;
    let atPoint = cameTo;
    const host = hosts[fault.host]!;
    const atMs = Date.now();
    let startedAtMs: number | null = null;
    let lostWorkerIds: string[] = [];
    let stuck: string[] = [];
    if (fault.victim === 'stack') {
      await kiln.killWhole();
      await Promise.all(hosts.map((one) => one.lose()));
      for (const pid of processesOf(scratch)) signalOne(pid, 'SIGKILL');
      startedAtMs = Date.now();
      await kiln.start();
      await Promise.all(hosts.map((one) => one.start()));
    } else if (fault.victim === 'host') {
      lostWorkerIds = [host.workerId];
      if (fault.act === 'kill') await host.lose();
      else host.signalBoth('SIGSTOP');
      await sleep(fault.forMs);
      if (fault.untilLost === true) atPoint = (await hasLostAll(kiln.db, host.workerId)) && atPoint;
      if (fault.act === 'kill') await host.start();
      else host.signalBoth('SIGCONT');
    } else if (fault.elsewhereWithinMs !== undefined) {
      lostWorkerIds = [host.workerId];
      await host.loseSupervisor();
      await sleep(fault.forMs);
      stuck = await notElsewhere(kiln.db, host.workerId, atMs, fault.elsewhereWithinMs);
      await host.start();
    } else if (!(await this.#hitOne(fault, host))) {
      this.options.say(`fault ${fault.number}: left out, for there was no ${fault.victim} in time`);
      return;
    }
    const done = {
      fault,
      atMs,
      upAtMs: Date.now(),
      lostWorkerIds,
      startedAtMs,
      atPoint,
      notElsewhere: stuck,
    };
    this.done.push(done);
    this.options.say(
      `fault ${fault.number}: ${fault.act} ${fault.victim}${atPoint ? '' : ', whose point did not come'}`,
    );
  }

  /** False: nobody was there to be hit. */
  async #hitOne({ victim, act, forMs }: Fault, host: StubHost): Promise<boolean> {
    const pidOf = (): number | null =>
      victim === 'worker' || victim === 'supervisor' ? host.pidOf(victim) : this.options.kiln.pidOf(victim);
    const timeoutMs = this.options.backTimeoutMs ?? BACK_TIMEOUT_MS;
    const pid = await until(pidOf, timeoutMs);
    if (pid === null) return false;
    if (act === 'stop') {
      // PostgreSQL's backends are in its group.
      signalGroup(pid, 'SIGSTOP');
      await sleep(forMs);
      signalGroup(pid, 'SIGCONT');
      return true;
    }
    signalOne(pid, 'SIGKILL');
    await until(() => {
      const now = pidOf();
      return now === pid ? null : now;
    }, timeoutMs);
    return true;
  }
}

async function until(look: () => number | null, timeoutMs: number): Promise<number | null> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline;) {
    const found = look();
    if (found !== null) return found;
    await sleep(LOOK_MS);
  }
  return null;
}
