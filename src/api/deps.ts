import type { AcceptanceDeps } from '../acceptance/deps.js';
import type { Cryptography } from '../domain/provenance/read-statement.js';
import type { TargetKind } from '../domain/notifications/target-kind.js';
import type { ApiEvents } from '../ports/api-events.js';
import type { AttestationRegistry } from '../ports/attestations.js';
import type { BaseImageChecks, BaseImageStore } from '../ports/base-images.js';
import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { ContentFiles, ContentIndex } from '../ports/contents.js';
import type { LeaseGate, Owner } from '../ports/dispatch.js';
import type { GateStore } from '../ports/gates.js';
import type { ImageRegistry } from '../ports/image-registry.js';
import type { ImageFiles, ImageStore } from '../ports/images.js';
import type { InspectionStore } from '../ports/inspections.js';
import type { ReadArchive } from '../ports/archive.js';
import type { QueueStore } from '../ports/queue.js';
import type { LimitStore, WeightStore } from '../ports/limits.js';
import type { ScheduleStore } from '../ports/schedules.js';
import type { ProbeRegistry } from '../ports/registry-probe.js';
import type { BuildRetentionStore } from '../ports/build-retention.js';
import type { PruneStore, PruneWorkflows } from '../ports/retention.js';
import type { CredentialStore, LeaseSecrets, SecretVault, SecretStore } from '../ports/secrets.js';
import type {
  BuildStore,
  ChangeFeed,
  LogReader,
  ProjectStore,
  TokenStore,
  UploadStore,
} from '../ports/stores.js';
import type { StatsStore } from '../ports/stats.js';
import type { TenantStore } from '../ports/tenants.js';
import type { VerificationStore } from '../ports/verifications.js';
import type { BadgeStore, NotificationStore, NotificationTargetStore } from '../ports/notifications.js';
import type { WebhookReader } from '../ports/webhook-reader.js';
import type { DeliveryStore, WebhookIntake, WebhookStore } from '../ports/webhooks.js';
import type { WorkerStore } from '../ports/workers.js';

/** What the api is allowed, all of it from the configuration. */
export interface ApiLimits {
  readonly jsonMaxBytes: number;
  /** Log chunks and steps of supervisors come in larger bodies than what people send. */
  readonly supervisorJsonMaxBytes: number;
  readonly heartbeatMs: number;
  /** A viewer that takes nothing for this long is dropped. */
  readonly viewerStallMs: number;
  /** Viewers of one build are woken at most this often. */
  readonly wakeIntervalMs: number;
  /** How often a supervisor says that its host is alive. */
  readonly workerHeartbeatMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  jsonMaxBytes: 1024 * 1024,
  supervisorJsonMaxBytes: 24 * 1024 * 1024,
  heartbeatMs: 15_000,
  viewerStallMs: 60_000,
  wakeIntervalMs: 100,
  workerHeartbeatMs: 5_000,
};

/** Everything the api needs from the outside; composed by src/main/api.ts and by tests. */
export interface ApiDeps extends AcceptanceDeps {
  readonly tokens: TokenStore;
  readonly projects: ProjectStore;
  readonly uploads: UploadStore;
  readonly builds: BuildStore;
  readonly queue: QueueStore;
  readonly gates: GateStore;
  readonly images: ImageStore;
  readonly inspections: InspectionStore;
  readonly imageFiles: ImageFiles;
  readonly prunes: PruneStore;
  readonly buildRetention: BuildRetentionStore;
  readonly buildPruneWorkflows: PruneWorkflows;
  readonly pruneWorkflows: PruneWorkflows;
  readonly baseImages: BaseImageStore;
  readonly baseImageChecks: BaseImageChecks;
  readonly logs: LogReader;
  readonly changes: ChangeFeed;
  readonly secrets: SecretStore;
  readonly credentials: CredentialStore;
  readonly leases: LeaseGate;
  readonly leaseSecrets: LeaseSecrets;
  readonly contents: ContentIndex;
  readonly files: ContentFiles;
  readonly readArchive: ReadArchive;
  readonly vault: Pick<SecretVault, 'registryCredential'>;
  readonly probeRegistry: ProbeRegistry;
  readonly verifications: VerificationStore;
  /** What registries serve, and what lies beside it, with the credentials of a project. */
  readonly registryFor: (
    owner: Owner,
  ) => Pick<ImageRegistry, 'head' | 'tagged' | 'findTrouble'> & Pick<AttestationRegistry, 'read'>;
  readonly cryptography: Cryptography;
  readonly workflows: Pick<BuildWorkflows, 'start' | 'signalCancel' | 'signalDecision'>;
  readonly events: ApiEvents;
  /** By name, what readiness asks: each raises when it does not answer. */
  readonly probes: Readonly<Record<string, () => Promise<void>>>;
  readonly metricsPage: () => Promise<{ contentType: string; text: string }>;
  readonly limits: ApiLimits;
  readonly buildLimits: LimitStore;
  /** Slugs of the tenants whose people may trust projects; `*` stands for all. */
  readonly trustTenants: readonly string[];
  readonly schedules: ScheduleStore;
  readonly workers: WorkerStore;
  /** Slugs of the tenants whose people look after the workers of all. */
  readonly operatorTenants: readonly string[];
  readonly weights: WeightStore;
  readonly stats: StatsStore;
  readonly tenants: TenantStore;
  readonly notificationTargets: NotificationTargetStore;
  readonly notifications: NotificationStore;
  readonly badges: BadgeStore;
  /** Raises `invalid_request` or `host_not_allowed` for an address to which no notification may go, as far as its text tells. */
  readonly checkReceiver: (kind: TargetKind, url: URL) => void;
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly webhookIntake: WebhookIntake;
  readonly webhookReader: WebhookReader;
  /** The version of Kiln that answers. */
  readonly version: string;
  /** Where the workflows are; `uiUrl` is null when nobody said where people can look at them. */
  readonly temporal: { readonly namespace: string; readonly uiUrl: string | null };
  /** Folder of the files that browsers load. */
  readonly webFolder: string;
  /** Aborted when the process goes down: viewers are told to come back. */
  readonly closing: AbortSignal;
}
