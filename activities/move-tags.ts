import { ApplicationFailure } from '@temporalio/common';
import { Context, log } from '@temporalio/activity';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import { toKilnError } from '../src/domain/errors.js';
import type { MoveResult, Owner, Recorder, TagTarget } from '../src/ports/dispatch.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import { toFailure } from './failure.js';
import { pauseAfter } from './pause-after.js';

export interface TagStepDeps {
  readonly recorder: Pick<Recorder, 'moveTags' | 'noteWait'>;
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'tag'>;
  /** So many tries of the step in all; the last one's failure is the build's. */
  readonly tagTries: number;
}

/** Tags that could not be moved in a try, with why, as far as the registry had said so. */
type Left = ReadonlyMap<TagTarget, string | null>;

/** A registry that hangs makes tries long: none begins later than this after the first. */
const TRYING_MS = 4 * 60_000;

/** The first try holds up a task of the workflow: a registry that needs longer gets its time in those that follow. */
const FIRST_TRY_MS = 3_000;
const BEAT_MS = 2_000;

/** One of the tries to move the tags of a build. */
interface Try {
  /** From 1. */
  readonly number: number;
  /** When the first one began. */
  readonly sinceMs: number;
  /** Until the next one, where that comes. */
  readonly pauseMs: number;
  /** What the registries have to answer in. */
  readonly withinMs?: number;
}

/** The first try, as a step of the workflow. */
export function moveTags(deps: TagStepDeps, lease: LeaseRef): Promise<{ result: MoveResult }> {
  const { scheduledTimestampMs: sinceMs } = Context.current().info;
  return tryToMove(deps, lease, { number: 1, sinceMs, pauseMs: 0, withinMs: FIRST_TRY_MS });
}

/** The tries after that, which Temporal repeats. */
export async function moveTagsAgain(
  deps: TagStepDeps,
  { sinceMs, ...lease }: LeaseRef & { readonly sinceMs: number },
): Promise<{ result: MoveResult }> {
  const context = Context.current();
  const { attempt, retryPolicy } = context.info;
  const beats = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    const pauseMs = pauseAfter(attempt, retryPolicy);
    return await tryToMove(deps, lease, { number: attempt + 1, sinceMs, pauseMs });
  } finally {
    clearInterval(beats);
  }
}

/**
 * Moves the tags of a build. A try that fails says in the build's publications and in the log which tags wait for what, since when, and
 * when the next try comes; the last one fails for good, and so does one that a registry has refused.
 */
async function tryToMove(
  { recorder, registryFor, tagTries }: TagStepDeps,
  lease: LeaseRef,
  { number, sinceMs, pauseMs, withinMs }: Try,
): Promise<{ result: MoveResult }> {
  const since = atTime(sinceMs);
  const left = new Map<TagTarget, string | null>();
  const move = async (target: TagTarget, signal: AbortSignal): Promise<void> => {
    left.set(target, null);
    const { tenantId, projectId, repository, digest, tag } = target;
    try {
      await registryFor({ tenantId, projectId }).tag(repository, digest, tag, signal);
      left.delete(target);
    } catch (error) {
      // Of one that was given up the step knows more than the request does.
      if (!signal.aborted) left.set(target, toKilnError(error).message);
      throw error;
    }
  };
  try {
    return await recorder.moveTags(lease, move, Context.current().cancellationSignal, withinMs);
  } catch (thrown) {
    const error = toKilnError(thrown);
    if (!error.rule.retryable) throw toFailure(error);
    const nextMs = Date.now() + pauseMs;
    if (number >= tagTries || nextMs > sinceMs + TRYING_MS) {
      throw ApplicationFailure.create({
        type: error.code,
        message: `${error.message} It was tried ${number} times since ${since}.`,
        nonRetryable: true,
        cause: error,
      });
    }
    const next = `try ${number + 1} of ${tagTries} comes at ${atTime(nextMs)}`;
    log.warn('tags wait to be moved', {
      ...{ build_id: lease.buildId, tags: [...left.keys()].map(nameOf), reason: error.message, since, next },
    });
    await tell(
      recorder,
      lease,
      left,
      (reason) => `${reason ?? error.message} It waits since ${since}; ${next}.`,
    );
    throw toFailure(error);
  }
}

/** Of each repository the first of its tags that waits. */
async function tell(
  recorder: TagStepDeps['recorder'],
  lease: LeaseRef,
  left: Left,
  textOf: (reason: string | null) => string,
): Promise<void> {
  const told = new Set<string>();
  for (const [{ repository, tag }, reason] of left) {
    if (told.has(repository)) continue;
    told.add(repository);
    await recorder
      .noteWait(lease, repository, `The tag ${tag} could not be moved. ${textOf(reason)}`)
      // What keeps it from being told is told by the next try, or keeps that from moving the tag as well.
      .catch((error: unknown) => log.warn('a waiting tag could not be told', { error: String(error) }));
  }
}

function nameOf({ repository, tag }: TagTarget): string {
  return `${repository}:${tag}`;
}

/** `16:56:31 UTC`: a tag step ends within minutes. */
function atTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
