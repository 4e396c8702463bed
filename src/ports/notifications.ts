import type { BuildStatus } from '../domain/builds/status.js';
import type { NotificationState } from '../domain/notifications/delivery-state.js';
import type { TargetKind } from '../domain/notifications/target-kind.js';
import type { Page } from './records.js';
import type { TenantContext } from './stores.js';

/** The secrets of a target: what signs its webhooks, or its token at a git host. */
export interface TargetSecret {
  /** `whsec_<base64>` of a webhook, a token of a git host. */
  readonly current: string;
  /** What also signs until a moment (ISO 8601), so that a receiver can change over. */
  readonly previous: { readonly secret: string; readonly until: string } | null;
}

/** What people say of a target. */
export interface TargetSettings {
  /** Of the tenant's targets no other has it. */
  readonly name: string;
  /** Where webhooks go; of a git host the base of its API, without a slash at the end. */
  readonly url: string;
  /** Statuses of builds that it is told of. */
  readonly events: readonly BuildStatus[];
  readonly isActive: boolean;
}

export interface NewTarget extends TargetSettings {
  readonly kind: TargetKind;
  /** Null: builds of all projects of the tenant. */
  readonly projectId: string | null;
  /** Of a git host: the host that sources name. Null for webhooks. */
  readonly gitHost: string | null;
}

/** A target without its secret, which nobody can read back. */
export interface NotificationTarget extends TargetSettings {
  readonly id: string;
  readonly kind: TargetKind;
  readonly project: string | null;
  readonly gitHost: string | null;
  /** Why and since when Kiln itself has switched it off. */
  readonly disabled: { readonly at: string; readonly reason: string } | null;
  readonly pendingCount: number;
  readonly deadCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A notification as people see it. */
export interface Notification {
  /** The webhook-id: the same however often it is sent. */
  readonly id: string;
  readonly target: string;
  readonly eventType: string;
  readonly buildId: string | null;
  readonly buildNumber: number | null;
  readonly state: NotificationState;
  readonly attempts: number;
  readonly replayCount: number;
  readonly nextAttemptAt: string | null;
  readonly responseStatus: number | null;
  readonly errorMessage: string | null;
  readonly createdAt: string;
  readonly settledAt: string | null;
}

export interface WholeNotification extends Notification {
  readonly payload: string;
}

/** Targets as people keep them. Names or ids lead to them; not_found otherwise. */
export interface NotificationTargetStore {
  /** conflict when the name is taken. */
  create(tenant: TenantContext, target: NewTarget, secret: string): Promise<NotificationTarget>;
  /** Of one project and of the tenant, or all for null; by name. */
  list(tenant: TenantContext, projectId: string | null): Promise<NotificationTarget[]>;
  get(tenant: TenantContext, nameOrId: string): Promise<NotificationTarget>;
  /**
   * What is undefined stays; switched on, it is not disabled any more. `token` takes the place of that of a git host, whose API cannot change
   * without one, since the token is bound to it.
   */
  change(
    tenant: TenantContext,
    nameOrId: string,
    change: Partial<TargetSettings> & { readonly gitHost?: string; readonly token?: string },
  ): Promise<NotificationTarget>;
  /** From now on this secret signs, and until a moment the one before too. */
  rotate(
    tenant: TenantContext,
    nameOrId: string,
    secret: string,
    bothUntil: Date,
  ): Promise<NotificationTarget>;
  /** The record of its deliveries goes with it, also of those that wait. */
  remove(tenant: TenantContext, nameOrId: string): Promise<void>;
}

/** Deliveries as people see them. */
export interface NotificationStore {
  /** Of one target, newest first. */
  list(
    tenant: TenantContext,
    targetId: string,
    filter: {
      readonly state: NotificationState | null;
      readonly limit: number;
      readonly cursor: string | null;
    },
  ): Promise<Page<Notification>>;
  get(tenant: TenantContext, id: string): Promise<WholeNotification>;
  /** Has it sent again from the first try, under the same id and with the same payload. conflict for one that is superseded. */
  replay(tenant: TenantContext, id: string): Promise<Notification>;
  /** The same for all dead ones of a target; gives their number. */
  replayDead(tenant: TenantContext, targetId: string): Promise<number>;
  /** Writes a notification that says nothing but that it is a test. */
  putTest(tenant: TenantContext, targetId: string): Promise<Notification>;
}

/** A notification that is sent now. */
export interface DueNotification {
  readonly id: string;
  readonly targetId: string;
  readonly target: string;
  readonly tenantId: string;
  readonly kind: TargetKind;
  readonly url: string;
  readonly eventType: string;
  readonly subject: string | null;
  readonly payload: string;
  readonly sealed: { readonly keyId: string; readonly wrappedKey: Buffer; readonly ciphertext: Buffer };
  /** Counts the tries since it was written or replayed, this one too: both numbers are the fence of what comes of it. */
  readonly attempts: number;
  readonly replayCount: number;
}

/** What became of notifications that were due and were not sent. */
export interface PutAside {
  readonly kind: TargetKind;
  readonly target: string;
  readonly id: string;
  readonly state: 'superseded' | 'dead';
  readonly because: string;
}

/** What waits to be sent. Sees all tenants. */
export interface DueNotifications {
  /**
   * Takes notifications whose time has come, at most `limit`, and of a target as many as `most` says (and `perTarget` where it says nothing);
   * who has taken one has half a minute for it. Of a commit one is on its way at a time.
   */
  take(
    limit: number,
    perTarget: number,
    most: ReadonlyMap<string, number>,
  ): Promise<{ readonly taken: DueNotification[]; readonly aside: PutAside[] }>;
  /** Its secret; secret_unreadable when its key is gone. */
  secretOf(taken: DueNotification): Promise<TargetSecret>;
  delivered(taken: DueNotification, responseStatus: number): Promise<void>;
  failed(taken: DueNotification, trouble: Trouble, pauseMs: number): Promise<void>;
  dead(taken: DueNotification, trouble: Trouble): Promise<void>;
  /** Switches the target off; what waits for it is dead, this one too. */
  gone(taken: DueNotification, trouble: Trouble): Promise<void>;
  /** Milliseconds until one is due of a target that is not among `full`, bounded. */
  nextLookMs(full: readonly string[]): Promise<number>;
  /** Removes what was settled before; gives their number. */
  removeOld(keptDays: number): Promise<number>;
}

export interface Trouble {
  readonly because: string;
  readonly responseStatus: number | null;
}

/** What came of a try. */
export type SendResult =
  | { readonly what: 'delivered'; readonly responseStatus: number }
  | {
      readonly what: 'failed' | 'dead' | 'gone';
      readonly because: string;
      readonly responseStatus: number | null;
      /** Milliseconds that the receiver asks to be left alone. */
      readonly askedPauseMs: number | null;
    };

/** Sends one notification. Raises only the reason of the signal. */
export interface Notifier {
  send(notification: DueNotification, secret: TargetSecret, signal: AbortSignal): Promise<SendResult>;
}

/** Badges of projects. */
export interface BadgeStore {
  /** Gives the project a new address; whoever has an older one sees nothing any more. */
  switchOn(tenant: TenantContext, projectId: string): Promise<{ readonly token: string }>;
  switchOff(tenant: TenantContext, projectId: string): Promise<void>;
  /** How the newest build (of the branch) that has ended has ended; null for a token of nothing. */
  read(
    token: string,
    project: string,
    branch: string | null,
  ): Promise<{ readonly status: 'success' | 'failed' | 'cancelled' | null } | null>;
}
