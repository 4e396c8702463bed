import { Context } from '@temporalio/activity';
import { mapped } from './failure.js';

/** Does the work, tells Temporal each `everyMs` that it goes on, and maps what it raises. The signal fires with the activity's cancellation. */
export async function beating<Answer>(
  everyMs: number,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), everyMs);
  try {
    return await mapped(() => work(context.cancellationSignal));
  } finally {
    clearInterval(timer);
  }
}
