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

/**
 * Moves the tags of a build. A try that fails says in the build's publications and in the log which tags wait for what, since when, and
 * when the next try comes; the last one fails for good.
 */
export async function moveTags(
  { recorder, registryFor, tagTries }: TagStepDeps,
  lease: LeaseRef,
): Promise<{ result: MoveResult }> {
  const { info, cancellationSignal } = Context.current();
  const since = atTime(info.scheduledTimestampMs);
  const left = new Map<TagTarget, string | null>();
  const move = async (target: TagTarget, signal: AbortSignal): Promise<void> => {
    left.set(target, null);
    const { tenantId, projectId, repository, digest, tag } = target;
    try {
      await registryFor({ tenantId, projectId }).tag(repository, digest, tag, signal);
      left.delete(target);
    } catch (error) {
      left.set(target, toKilnError(error).message);
      throw error;
    }
  };
  try {
    return await recorder.moveTags(lease, move, cancellationSignal);
  } catch (thrown) {
    const error = toKilnError(thrown);
    if (!error.rule.retryable) throw toFailure(error);
    const pauseMs = pauseAfter(info.attempt, info.retryPolicy);
    const nextMs = Date.now() + pauseMs;
    if (info.attempt >= tagTries || nextMs > info.scheduledTimestampMs + TRYING_MS) {
      throw ApplicationFailure.create({
        type: error.code,
        message: `${error.message} It was tried ${info.attempt} times since ${since}.`,
        nonRetryable: true,
        cause: error,
      });
    }
    const next = `try ${info.attempt + 1} of ${tagTries} comes at ${atTime(nextMs)}`;
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
