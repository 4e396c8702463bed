import { awaitedLater } from '../domain/awaited-later.js';
import { timeLimit } from '../domain/time-limit.js';
import { getLimits, Limits } from '../contracts/limits.js';
import { nameProject } from '../domain/builds/name-project.js';
import { KilnError } from '../domain/errors.js';
import type { LimitName } from '../domain/limits/limit-table.js';
import { refuseLargeContext } from '../domain/limits/refuse-large-context.js';
import type { Client } from './client.js';
import { readText } from './http.js';

/** Nothing is worth a longer wait: Kiln judges the build itself in any case. */
const PATIENCE_MS = 5_000;

/** Refuses a context that the limits do not let in. */
export type SizeCheck = (context: {
  readonly sizeBytes: number;
  readonly entryCount: number;
}) => Promise<void>;

/**
 * Asks for the limits of a project (of the tenant for null) and gives what refuses a build context that they do not let in, with
 * `source_too_large`, before it is sent. Where the limits cannot be had, Kiln alone judges.
 */
export function sizeCheck(client: Client, project: string | null, signal: AbortSignal): SizeCheck {
  const asked = awaitedLater(askForLimits(client, project, signal));
  return async (context) => refuseBeyond(await asked, project, context);
}

function refuseBeyond(
  limits: Limits | null,
  project: string | null,
  context: { readonly sizeBytes: number; readonly entryCount: number },
): void {
  if (limits === null) return;
  const limitOf = (wanted: LimitName) =>
    limits.limits.find(({ name }) => name === wanted) ?? { value: Infinity, origin: 'built_in' as const };
  try {
    refuseLargeContext(context, {
      context_max_bytes: limitOf('context_max_bytes'),
      context_max_entries: limitOf('context_max_entries'),
    });
  } catch (error) {
    if (project === null || !(error instanceof KilnError)) throw error;
    throw new KilnError(error.code, { message: nameProject(error.message, project), fields: error.fields });
  }
}

async function askForLimits(
  client: Client,
  project: string | null,
  signal: AbortSignal,
): Promise<Limits | null> {
  try {
    const query = project === null ? {} : { project };
    const ending = timeLimit(PATIENCE_MS, signal);
    const response = await client.open(getLimits, { query }, { signal: ending });
    return Limits.parse(JSON.parse(await readText(response)));
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
