import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError } from '../../domain/errors.js';
import { keepAlive, type KeepReport, type KeptService } from '../keep-alive.js';
import type { RunningService } from '../services/service.js';

/** What the pool needs to know of a BuildKit. */
export interface Pooled extends RunningService {
  readonly socket: string;
}

/** One that runs, or is being started again. */
export interface Member<S extends Pooled> {
  readonly key: string;
  readonly kept: KeptService<S>;
  usedAtMs: number;
}

export interface PoolRules {
  /** Live ones at once. One more than builds at once, and no build waits for another: the first tenant's is always live. */
  readonly maxLive: number;
  /** Without a build for so long, one is stopped. */
  readonly idleMs: number;
  /** Between the answer to who asks for one and his connection to it. */
  readonly graceMs: number;
  /** How long to wait for one that may be stopped when there are as many as there may be. */
  readonly longestWaitMs: number;
}

export interface PoolDeps<S extends Pooled> {
  /** `others` are those that are live besides. */
  readonly start: (key: string, previous: S | null, others: readonly S[]) => Promise<S>;
  readonly isInUse: (socketPath: string) => Promise<boolean>;
  /** Called while it still runs. */
  readonly onStopping: (member: Member<S>) => Promise<void>;
  readonly report: KeepReport;
}

const LOOK_MS = 250;

/**
 * The BuildKits of a host by key: started when one is asked for, kept alive, and stopped when nobody has used them for long, the one used
 * longest ago when there are too many; never while somebody is connected.
 */
export class BuildkitPool<S extends Pooled> {
  readonly #members = new Map<string, Member<S>>();
  readonly #warm = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(
    private readonly deps: PoolDeps<S>,
    private readonly rules: PoolRules,
  ) {}

  /** The live ones, that which was used longest ago first. */
  get members(): readonly Member<S>[] {
    return [...this.#members.values()].sort((left, right) => left.usedAtMs - right.usedAtMs);
  }

  /** Starts one that is stopped by `stop` only. */
  async keepWarm(key: string): Promise<KeptService<S>> {
    this.#warm.add(key);
    return (await this.#member(key)).kept;
  }

  /** Raises `builder_unavailable`, and what its start raises. */
  async open(key: string): Promise<S> {
    return (await this.#member(key)).kept.current();
  }

  /** Runs the work while none of this key is live or started; null, and nothing was done, when one is. */
  async whileClosed<T>(key: string, work: () => Promise<T>): Promise<T | null> {
    return this.#inTurn(async () => (this.#members.has(key) ? null : work()));
  }

  /** Stops those that nobody has used for long. To be called again and again. */
  async stopIdle(): Promise<void> {
    await this.#inTurn(async () => {
      for (const member of this.members) {
        if (await this.deps.isInUse(member.kept.current().socket)) member.usedAtMs = Date.now();
        else await this.#stopIfUnused(member, this.rules.idleMs);
      }
    });
  }

  async stop(): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(() => Promise.all(this.members.map((member) => this.#end(member))));
  }

  async #member(key: string): Promise<Member<S>> {
    const member = this.#members.get(key) ?? (await this.#inTurn(() => this.#add(key)));
    member.usedAtMs = Date.now();
    return member;
  }

  async #add(key: string): Promise<Member<S>> {
    const there = this.#members.get(key);
    if (there !== undefined) return there;
    await this.#makeRoom();
    const start = (previous: S | null): Promise<S> => {
      const others = this.members.filter((member) => member.key !== key);
      return this.deps.start(
        key,
        previous,
        others.map(({ kept }) => kept.current()),
      );
    };
    const member = { key, kept: await keepAlive(start, this.deps.report), usedAtMs: Date.now() };
    this.#members.set(key, member);
    return member;
  }

  async #makeRoom(): Promise<void> {
    const { maxLive, graceMs, longestWaitMs } = this.rules;
    const deadline = Date.now() + longestWaitMs;
    while (this.#members.size >= maxLive || this.#isClosed) {
      if (this.#isClosed)
        throw new KilnError('builder_unavailable', { message: 'BuildKit is being stopped with its Kiln.' });
      if (await this.#stopOne(graceMs)) continue;
      if (Date.now() > deadline) {
        throw new KilnError('builder_unavailable', {
          message: `All ${maxLive} BuildKits that may run on this host at once are in use.`,
        });
      }
      await sleep(LOOK_MS);
    }
  }

  async #stopOne(unusedMs: number): Promise<boolean> {
    for (const member of this.members) if (await this.#stopIfUnused(member, unusedMs)) return true;
    return false;
  }

  async #stopIfUnused(member: Member<S>, unusedMs: number): Promise<boolean> {
    if (this.#warm.has(member.key)) return false;
    const isInUse = await this.deps.isInUse(member.kept.current().socket);
    // Somebody may have asked for it meanwhile.
    if (isInUse || Date.now() - member.usedAtMs < unusedMs) return false;
    await this.#end(member);
    return true;
  }

  /** From its beginning nobody is given this one any more: who asks waits for the turn, and gets a new one. */
  async #end(member: Member<S>): Promise<void> {
    this.#members.delete(member.key);
    await this.deps.onStopping(member).catch(() => undefined);
    await member.kept.stop();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
