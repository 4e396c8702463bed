import type { BuildPreset } from '../contracts/preset.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { TriggeredBuild, WebhookRules } from '../domain/webhooks/decide.js';
import type { DeliveryStatus } from '../domain/webhooks/delivery-status.js';
import type { Head } from '../domain/webhooks/missed-pushes.js';
import type { WebhookProvider } from '../domain/webhooks/provider.js';
import type { Page } from './records.js';
import type { TenantContext } from './stores.js';

/** What people say of a webhook. */
export interface WebhookSettings extends WebhookRules {
  /** Of the tenant's webhooks no other has it. */
  readonly name: string;
  readonly provider: WebhookProvider;
  /** Comes before that of the preset. Null leaves it to the preset, the build file and the project. */
  readonly buildMethod: BuildMethod | null;
  readonly preset: BuildPreset;
  /** A delivery waits this long for a newer one of the same ref, which is built in its place; 0 for not at all. */
  readonly coalesceSeconds: number;
  readonly isActive: boolean;
}

/** A webhook without its secret, which nobody can read back. */
export interface Webhook extends WebhookSettings {
  readonly id: string;
  readonly projectId: string;
  /** Slug of the project. */
  readonly project: string;
  /** Path of the address that the git host calls. */
  readonly urlPath: string;
  /** Whether a request came that its secret has signed. */
  readonly isVerified: boolean;
  readonly lastDelivery: { readonly at: string; readonly status: DeliveryStatus } | null;
  /** Requests that its secret has not signed. */
  readonly reconciliation: {
    /** When the last reading of the heads began that has come to its end; null before the first. */
    readonly lastAt: string | null;
    readonly nextAt: string;
    /** Why the last one came to nothing. */
    readonly trouble: { readonly at: string; readonly text: string } | null;
  };
  readonly refusals: { readonly count: number; readonly lastAt: string; readonly lastReason: string } | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Webhooks as people keep them. Names or ids lead to them; not_found otherwise. */
export interface WebhookStore {
  /** conflict when the name is taken. */
  create(
    tenant: TenantContext,
    projectId: string,
    settings: WebhookSettings,
    secret: string,
  ): Promise<Webhook>;
  /** Of one project, or of all for null; by name. */
  list(tenant: TenantContext, projectId: string | null): Promise<Webhook[]>;
  get(tenant: TenantContext, nameOrId: string): Promise<Webhook>;
  /** What is undefined stays. Another repository has to be verified anew. */
  change(tenant: TenantContext, nameOrId: string, change: Partial<WebhookSettings>): Promise<Webhook>;
  /** Has the heads of the repository read at once; conflict for a webhook that is switched off. */
  reconcile(tenant: TenantContext, nameOrId: string): Promise<Webhook>;
  /** From now on this secret signs; it has to be verified anew. */
  rotate(tenant: TenantContext, nameOrId: string, secret: string): Promise<Webhook>;
  /** Its deliveries go with it; their builds stay. */
  remove(tenant: TenantContext, nameOrId: string): Promise<void>;
}

/** What a verified request is stored as. */
export interface JudgedDelivery {
  readonly status: Extract<DeliveryStatus, 'pending' | 'awaiting_approval' | 'ignored' | 'refused'>;
  readonly asked: TriggeredBuild | null;
  /** Null for what is pending. */
  readonly reason: string | null;
}

export interface NewDelivery extends JudgedDelivery {
  /** As the git host calls it. */
  readonly deliveryId: string;
  readonly eventType: string;
  /** Those that say what the body is; none that shows the secret. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  readonly responseStatus: number;
  /** Where it says that a branch or tag is now; null where it says nothing of one. */
  readonly told: Head | null;
}

/** A webhook to which a request came, with its secret. */
export interface CalledWebhook
  extends WebhookRules, Pick<WebhookSettings, 'provider' | 'buildMethod' | 'preset' | 'coalesceSeconds'> {
  readonly id: string;
  readonly tenantId: string;
  readonly secret: string;
  readonly isVerified: boolean;
}

/** What a stored delivery is answered with. */
export interface StoredDelivery {
  readonly id: string;
  readonly status: DeliveryStatus;
  readonly reason: string | null;
  readonly buildId: string | null;
}

/** Where requests of git hosts come in. */
export interface WebhookIntake {
  /** Null for one that does not exist, and for one that is switched off. */
  find(webhookId: string): Promise<CalledWebhook | null>;
  /**
   * Stores a delivery durably; the same again gives that of the first time, with `created` false. A newer one of the same ref takes the
   * place of those that still wait to be coalesced.
   */
  store(webhook: CalledWebhook, delivery: NewDelivery): Promise<StoredDelivery & { created: boolean }>;
  noteRefusals(webhook: Pick<CalledWebhook, 'id' | 'tenantId'>, count: number, reason: string): Promise<void>;
  /** Tells the controller that deliveries wait; harmless when it fails, for the controller also looks by itself. */
  ring(): Promise<void>;
}

/** A delivery as people see it. */
export interface Delivery extends StoredDelivery {
  readonly webhook: string;
  /** As the git host calls it. */
  readonly deliveryId: string;
  readonly eventType: string;
  readonly asked: TriggeredBuild | null;
  /** What its sender was answered; null for what nobody has sent: a missed push that a reading of the heads has found. */
  readonly responseStatus: number | null;
  readonly attemptNumber: number;
  readonly nextRetryAt: string | null;
  readonly errorMessage: string | null;
  readonly replayCount: number;
  readonly buildNumber: number | null;
  readonly coalescedIntoId: string | null;
  readonly approvedAt: string | null;
  readonly rejectedAt: string | null;
  /** Who has approved or rejected it; null where nobody has, or no user. */
  readonly decidedBy: string | null;
  readonly createdAt: string;
}

/** A delivery with what came. */
export interface WholeDelivery extends Delivery {
  readonly webhookId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
  /** The head that was found; null for what was sent. */
  readonly missed: Head | null;
}

export interface DeliveryStore {
  /** Of one webhook, newest first. */
  list(
    tenant: TenantContext,
    webhookId: string,
    filter: {
      readonly status: DeliveryStatus | null;
      readonly limit: number;
      readonly cursor: string | null;
    },
  ): Promise<Page<Delivery>>;
  get(tenant: TenantContext, id: string): Promise<WholeDelivery>;
  /**
   * Stores what a delivery is judged to be now, as `replay` of it. One that has a build stays as it is, unless `again` wants another
   * build.
   */
  replay(tenant: TenantContext, id: string, judged: JudgedDelivery, again: boolean): Promise<Delivery>;
  /** Lets a delivery that waits for it go on. The same again changes nothing; conflict for one that does not wait. */
  approve(tenant: TenantContext, id: string): Promise<Delivery>;
  /** Turns a delivery that waits for an approval away. The same again changes nothing; conflict for one that does not wait. */
  reject(tenant: TenantContext, id: string): Promise<Delivery>;
}

/** A delivery that a build is to be made of, with what its webhook says of builds now. */
export interface DueDelivery {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly webhook: string;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly repositoryUrl: string;
  readonly buildMethod: BuildMethod | null;
  readonly preset: BuildPreset;
  readonly asked: TriggeredBuild;
  /** Counts the builds that were asked of it. */
  readonly buildCount: number;
  /** Counts the tries since it came or was replayed, this one too: both numbers are the fence of what comes of it. */
  readonly attemptNumber: number;
  readonly replayCount: number;
  /** Nobody has told of it: it was found. */
  readonly isMissedPush: boolean;
  /** What has told of the same push and is built in its place; it waits for one that is not built yet. */
  readonly twin: { readonly id: string; readonly isBuilt: boolean } | null;
}

/** What waits to become builds. Sees all tenants. */
export interface DueDeliveries {
  /** Takes deliveries whose time has come; whoever has taken one has half a minute for it. */
  take(limit: number): Promise<DueDelivery[]>;
  started(taken: DueDelivery, buildId: string): Promise<void>;
  failed(taken: DueDelivery, reason: string): Promise<void>;
  /** Another one is built in its place. */
  joined(taken: DueDelivery, other: string, reason: string): Promise<void>;
  postpone(taken: DueDelivery, error: string, pauseMs: number): Promise<void>;
  /** Milliseconds until one is due, bounded. */
  nextLookMs(): Promise<number>;
  /** Removes deliveries that came before and that nothing waits for; gives their number. */
  removeOld(keptDays: number): Promise<number>;
}
