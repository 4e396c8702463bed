import { toKilnError } from '../domain/errors.js';
import type { Head } from '../domain/webhooks/missed-pushes.js';
import type { GitCredential } from '../ports/secrets.js';
import type { ChangeFeed } from '../ports/stores.js';
import type { DueReading, ReadHeads, WebhookReadings } from '../ports/webhook-heads.js';
import { type Loop, type LoopLog, rungBy, startLoop } from './loop.js';

/** Readings wait for git hosts; one that does not answer keeps this many others waiting at most. */
const AT_ONCE = 8;

export interface ReconciliationDeps {
  readonly readings: WebhookReadings;
  readonly readHeads: ReadHeads;
  /** What opens the repository for builds of the project; null where it has nothing for that host. */
  readonly credentialFor: (
    owner: Pick<DueReading, 'tenantId' | 'projectId'>,
    url: string,
  ) => Promise<GitCredential | null>;
  readonly feed: Pick<ChangeFeed, 'onReadings'>;
  /** How often the heads of each repository are read; null for never. */
  readonly everyMs: number | null;
  /** How long a delivery may take that tells of what was found. */
  readonly graceMs: number;
  readonly found: (webhook: DueReading, missed: readonly Head[]) => void;
  readonly log: LoopLog & { warn(fields: Record<string, unknown>, text: string): void };
}

/**
 * Reads the heads of the repositories of webhooks, and has built what nothing has told of. Rows say when: what was due while no controller
 * was there is due when one starts.
 */
export function startReconciliation(deps: ReconciliationDeps): Loop {
  const { readings, feed, everyMs } = deps;
  if (everyMs === null) return { ring: () => undefined, stop: () => Promise.resolve() };
  const loop = startLoop('reconciliation', deps.log, async () => {
    const due = await readings.take(AT_ONCE, everyMs);
    await Promise.all(due.map((one) => readOne(deps, one)));
    return due.length > 0 ? 0 : readings.nextLookMs();
  });
  return rungBy(loop, (ring) => feed.onReadings(ring));
}

async function readOne(deps: ReconciliationDeps, webhook: DueReading): Promise<void> {
  const { readings, readHeads, credentialFor, graceMs, log } = deps;
  const url = webhook.repositoryUrl;
  try {
    const heads = await readHeads(url, await credentialFor(webhook, url));
    const missed = await readings.keep(webhook, heads, graceMs);
    if (missed !== null && missed.length > 0) deps.found(webhook, missed);
  } catch (thrown) {
    const error = toKilnError(thrown);
    log.warn({ webhook: webhook.webhook, err: error }, 'the heads of a repository could not be read');
    await readings.noteTrouble(webhook, `${error.message} ${error.fix}`);
  }
}
