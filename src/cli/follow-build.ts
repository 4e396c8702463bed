import { setTimeout as sleep } from 'node:timers/promises';
import { getBuild } from '../contracts/build-operations.js';
import { listSteps } from '../contracts/build-record-operations.js';
import type { Build, BuildStep, LogChunk } from '../contracts/builds.js';
import type { QueuedBuild } from '../contracts/queue.js';
import type { Publication } from '../contracts/publications.js';
import { followBuild, followLog } from '../contracts/log-operations.js';
import { isTerminal } from '../domain/builds/status.js';
import type { Client } from './client.js';
import { followEvents, type FollowOptions } from './follow-events.js';
import { tellAway } from './tell-away.js';
import {
  disconnected,
  NO_BUILD,
  withBuild,
  withLog,
  withPlace,
  withPublication,
  withSteps,
  type BuildState,
} from './progress/build-state.js';
import type { Progress } from './progress/progress.js';

/** How long the rest of the log is waited for after the build has ended. */
const LOG_GRACE_MS = 15_000;

/** How a followed build stands at the end; `logComplete` is false when the rest of the log did not come in time. */
export interface FollowedBuild {
  readonly build: Build;
  readonly steps: readonly BuildStep[];
  readonly publications: readonly Publication[];
  readonly logComplete: boolean;
}

/** Shows a build's steps and log live until it has ended and its log is whole, over any number of broken connections. */
export async function followToEnd(
  client: Client,
  first: Build,
  progress: Progress,
  options: Pick<FollowOptions, 'signal' | 'patienceMs'> & {
    readonly logGraceMs?: number;
    /** Told of each change of the build. */
    readonly onBuild?: (build: Build) => void;
  },
): Promise<FollowedBuild> {
  const params = { build: first.id };
  let state: BuildState = NO_BUILD;
  const show = (next: BuildState): void => {
    state = next;
    progress.build(next);
  };
  const logStop = new AbortController();
  const away = tellAway((text) => progress.warn(text));
  const broken = (awayMs: number, leftMs: number): void => {
    show(disconnected(state));
    away(awayMs, leftMs);
  };
  show(withBuild(state, first));

  const buildEnd = (async () => {
    for await (const { event, data } of followEvents(client, followBuild, params, {
      ...options,
      onBroken: broken,
    })) {
      if (event === 'build') {
        const now = JSON.parse(data) as Build;
        options.onBuild?.(now);
        show(withBuild(state, now));
      }
      if (event === 'queue') show(withPlace(state, JSON.parse(data) as QueuedBuild));
      if (event === 'step') show(withSteps(state, [JSON.parse(data) as BuildStep]));
      if (event === 'publication') show(withPublication(state, JSON.parse(data) as Publication));
    }
  })();
  const logSignal = AbortSignal.any([options.signal, logStop.signal]);
  const logEnd = (async () => {
    for await (const { event, data } of followEvents(client, followLog, params, {
      ...options,
      signal: logSignal,
    })) {
      if (event === 'end') return true;
      if (event !== 'log') continue;
      const chunk = JSON.parse(data) as LogChunk;
      progress.log(chunk);
      show(withLog(state, chunk));
    }
    return false;
  })();
  logEnd.catch(() => undefined);

  try {
    await buildEnd;
    const seen = (build: Build, logComplete: boolean): FollowedBuild => {
      const { steps, publications } = state;
      return { build, steps, publications, logComplete };
    };
    if (options.signal.aborted) return seen(state.build ?? first, false);
    const logComplete = await Promise.race([
      logEnd,
      sleep(options.logGraceMs ?? LOG_GRACE_MS, false, { ref: false }),
    ]);
    // A stream that has come to its end has told the build as it ended, with all its steps.
    const { build } = state;
    if (build !== null && isTerminal(build.status)) return seen(build, logComplete);
    const [now, { items }] = await Promise.all([
      client.call(getBuild, { params }),
      client.call(listSteps, { params }),
    ]);
    show(withSteps(withBuild(state, now), items));
    return seen(now, logComplete);
  } finally {
    logStop.abort();
  }
}

/** Waits without a display until a build has ended; `warn` is told when Kiln stays away. */
export async function waitForEnd(
  client: Client,
  build: Build,
  signal: AbortSignal,
  warn: (text: string) => void,
): Promise<Build> {
  if (isTerminal(build.status)) return build;
  const options = { signal, onBroken: tellAway(warn) };
  for await (const { event } of followEvents(client, followBuild, { build: build.id }, options)) {
    if (event === 'end') break;
  }
  return client.call(getBuild, { params: { build: build.id } });
}
