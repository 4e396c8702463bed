import type { Head } from '../domain/webhooks/missed-pushes.js';
import type { WebhookRules } from '../domain/webhooks/decide.js';
import type { GitCredential } from './secrets.js';

/**
 * Reads all branches and tags of a repository, tags at the commit that they point at. Raises git_not_found, git_denied,
 * git_host_key_unknown, git_unreachable, git_failed, host_not_allowed, program_missing or git_outdated.
 */
export type ReadHeads = (repositoryUrl: string, credential: GitCredential | null) => Promise<readonly Head[]>;

/** A webhook whose heads are to be read now. */
export interface DueReading extends WebhookRules {
  readonly webhookId: string;
  readonly webhook: string;
  readonly tenantId: string;
  readonly projectId: string;
  /** The fence: counts the readings of the webhook. */
  readonly number: number;
  /** When it was taken, in milliseconds since 1970 by the clock of PostgreSQL. */
  readonly readAtMs: number;
  /** Heads are recorded and nothing is built: what was pushed before has not been missed. */
  readonly isFirst: boolean;
}

/** Readings of heads, and what comes of them. Sees all tenants. */
export interface WebhookReadings {
  /** Takes webhooks whose time has come. Their next time is set at once, about `everyMs` later, whatever comes of this one. */
  take(limit: number, everyMs: number): Promise<DueReading[]>;
  /**
   * Keeps the heads, and has what nothing has told of built in `graceMs`, unless a delivery tells of it until then. Gives what is to be built;
   * null, with nothing changed, when another reading was begun meanwhile, or the webhook is gone or switched off.
   */
  keep(taken: DueReading, heads: readonly Head[], graceMs: number): Promise<readonly Head[] | null>;
  /** Keeps why a reading came to nothing. */
  noteTrouble(taken: DueReading, trouble: string): Promise<void>;
  /** Milliseconds until one is due, bounded. */
  nextLookMs(): Promise<number>;
}
