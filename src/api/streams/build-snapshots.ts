import { isTerminal } from '../../domain/builds/status.js';
import type { BuildStore, TenantContext } from '../../ports/stores.js';
import { eventFrame } from './event-stream.js';
import type { QueueReads } from './queue-reads.js';
import { SharedReads } from './shared-reads.js';

/** A build, its place in the queue, its steps and its publications as event frames, by what they show. */
export interface BuildSnapshot {
  readonly frames: ReadonlyMap<string, string>;
  /** The frame that ends the stream; null while the build goes on. */
  readonly end: string | null;
}

/** Reads of builds with their steps, shared between viewers. */
export class BuildSnapshots {
  readonly #shared = new SharedReads<BuildSnapshot>();

  constructor(
    private readonly builds: BuildStore,
    private readonly queues: QueueReads,
  ) {}

  /** `generation` is the bell's, taken before the call. */
  read(tenant: TenantContext, buildId: string, generation: number): Promise<BuildSnapshot> {
    return this.#shared.read(`${tenant.tenantId} ${buildId} ${generation}`, () =>
      this.#read(tenant, buildId),
    );
  }

  async #read(tenant: TenantContext, buildId: string): Promise<BuildSnapshot> {
    const { build, steps, publications } = await this.builds.withSteps(tenant, buildId);
    const frames = new Map([['build', eventFrame('build', build)]]);
    if (build.status === 'queued') {
      const { items } = await this.queues.read(tenant);
      const place = items.find((queued) => queued.build_id === buildId);
      if (place !== undefined) frames.set('queue', eventFrame('queue', place));
    }
    for (const step of steps) {
      frames.set(`${step.attempt}.${step.step_number}`, eventFrame('step', step));
    }
    for (const publication of publications) {
      frames.set(`publication ${publication.repository}`, eventFrame('publication', publication));
    }
    return { frames, end: isTerminal(build.status) ? eventFrame('end', { status: build.status }) : null };
  }
}
