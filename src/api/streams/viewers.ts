import type { Response } from 'express';
import type { ApiDeps } from '../deps.js';
import { type Doorbell, Doorbells } from './doorbells.js';
import { EventStream } from './event-stream.js';

/** Runs the streams of all viewers, and ends them when the process goes down (they come back by themselves). */
export class Viewers {
  readonly #open = new Set<EventStream>();
  readonly #doorbells: Doorbells;

  constructor(private readonly deps: Pick<ApiDeps, 'changes' | 'events' | 'limits' | 'closing'>) {
    this.#doorbells = new Doorbells(deps.changes, deps.limits.wakeIntervalMs);
    deps.closing.addEventListener('abort', () => {
      for (const stream of this.#open) stream.close();
    });
  }

  /** Gives `follow` a stream and the bell of the build, or of the queue; resolves when it is over, however that came about. */
  async show(
    name: 'build' | 'log' | 'queue',
    buildId: string,
    response: Response,
    follow: (stream: EventStream, bell: Doorbell) => Promise<void>,
  ): Promise<void> {
    const bell = this.#doorbells.watch(buildId, name);
    const stream = new EventStream(response, this.deps.limits);
    this.#open.add(stream);
    this.deps.events.viewerJoined({ stream: name, buildId });
    if (this.deps.closing.aborted) stream.close();
    try {
      await follow(stream, bell);
    } finally {
      stream.close();
      this.#open.delete(stream);
      bell.leave();
      this.deps.events.viewerLeft({ stream: name, buildId });
    }
  }
}
