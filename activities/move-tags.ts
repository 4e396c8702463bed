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

/**
 * Moves the tags of a build. A try that fails says in the build's publications and in the log which tag waits for what, since when, and
 * when the next try comes; the last one fails for good.
 */
export async function moveTags(
  { recorder, registryFor, tagTries }: TagStepDeps,
  lease: LeaseRef,
): Promise<{ result: MoveResult }> {
  const { info, cancellationSignal } = Context.current();
  const since = atTime(info.scheduledTimestampMs);
  let failed: TagTarget | null = null;
  try {
    return await recorder.moveTags(
      lease,
      async (next, signal) => {
        const { tenantId, projectId, repository, digest, tag } = next;
        try {
          await registryFor({ tenantId, projectId }).tag(repository, digest, tag, signal);
        } catch (error) {
          failed ??= next;
          throw error;
        }
      },
      cancellationSignal,
    );
  } catch (thrown) {
    const error = toKilnError(thrown);
    if (!error.rule.retryable) throw toFailure(error);
    if (info.attempt >= tagTries) {
      throw ApplicationFailure.create({
        type: error.code,
        message: `${error.message} It was tried ${info.attempt} times since ${since}.`,
        nonRetryable: true,
        cause: error,
      });
    }
    const pauseMs = pauseAfter(info.attempt, info.retryPolicy);
    const wait = {
      ...{ reason: error.message, since, tryNumber: info.attempt + 1, tries: tagTries },
      next: atTime(Date.now() + pauseMs),
    };
    await tell({ recorder, lease, target: failed }, wait);
    throw toFailure(error);
  }
}

interface Wait {
  readonly reason: string;
  readonly since: string;
  readonly next: string;
  readonly tryNumber: number;
  readonly tries: number;
}

async function tell(
  {
    recorder,
    lease,
    target,
  }: Pick<TagStepDeps, 'recorder'> & { readonly lease: LeaseRef; readonly target: TagTarget | null },
  { reason, since, next, tryNumber, tries }: Wait,
): Promise<void> {
  log.warn('a tag waits to be moved', {
    ...{ build_id: lease.buildId, repository: target?.repository, tag: target?.tag },
    ...{ reason, since, next_try: next, try: tryNumber, tries },
  });
  if (target === null) return;
  const { repository, tag } = target;
  const times = `It waits since ${since}; try ${tryNumber} of ${tries} comes at ${next}.`;
  await recorder
    .noteWait(lease, repository, `The tag ${tag} could not be moved. ${reason} ${times}`)
    // What keeps it from being told is told by the next try, or keeps that from moving the tag as well.
    .catch((error: unknown) => log.warn('a waiting tag could not be told', { error: String(error) }));
}

/** `16:56:31 UTC`: a tag step ends within minutes. */
function atTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
