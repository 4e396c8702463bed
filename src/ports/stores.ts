import type { TraceContext } from '../domain/traces/traceparent.js';
import type { ByteRange } from './contents.js';
import type { BuildArtifact } from '../contracts/artifacts.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type {
  Attempt,
  BaseImageUse,
  Build,
  BuildLayer,
  BuildMetrics,
  BuildStep,
  BuildWarning,
  LogChunk,
  StatusChange,
} from '../contracts/builds.js';
import type { BuildTests, FlakyTests } from '../contracts/tests.js';
import type { TestStatus } from '../domain/tests/test-report.js';
import type { Publication } from '../contracts/publications.js';
import type { ComparedFacts } from './cache-facts.js';
import type {
  AcceptBuild,
  BuildFilter,
  Page,
  Project,
  ProjectChange,
  NewProject,
  RebuildRequest,
  WhatIfRequest,
  RetryBuild,
  StoredConfig,
  Upload,
} from './records.js';

/** Who calls, resolved from a token. Every query of the api runs in one transaction of this tenant. */
export interface TenantContext {
  readonly tenantId: string;
  readonly userId: string | null;
  /** The token that came with the request; absent where no request did. */
  readonly tokenId?: string;
  /** The request that is served; absent where there is none. Traces of builds begin with it. */
  readonly request?: { readonly receivedAt: Date; readonly trace: TraceContext | null };
}

/** Resolves bearer tokens (by SHA-256 hash) to who they stand for. Null when unknown, revoked or expired. */
export interface TokenStore {
  resolveApiToken(token: string): Promise<TenantContext | null>;
}

export interface ProjectStore {
  /** conflict when the slug is taken. */
  create(tenant: TenantContext, project: NewProject): Promise<Project>;
  /** By slug or id; not_found otherwise. */
  get(tenant: TenantContext, slugOrId: string): Promise<Project>;
  /** By slug or id; not_found otherwise. */
  update(tenant: TenantContext, slugOrId: string, change: ProjectChange): Promise<Project>;
  list(tenant: TenantContext, page: { limit: number; cursor: string | null }): Promise<Page<Project>>;
  /** Of the tenant itself. */
  tenantSlug(tenant: TenantContext): Promise<string>;
}

export interface UploadStore {
  /** Records a list by its digest; the same digest again gives the first row. */
  record(
    tenant: TenantContext,
    upload: { sha256: string; sizeBytes: number; entryCount: number },
  ): Promise<Upload>;
  /** By the digest of its list; not_found otherwise. */
  find(tenant: TenantContext, sha256: string): Promise<Upload>;
  get(tenant: TenantContext, uploadId: string): Promise<Upload>;
}

/** Builds as the api reads and accepts them. */
export interface BuildStore {
  /** What the build hosts that the tenant may use have said that they offer; null as long as none has said anything. */
  methodsOffered(tenant: TenantContext): Promise<BuildMethod[] | null>;
  /** The networks that those of them which offer the method give to steps; null as long as none has said anything. */
  networksOffered(tenant: TenantContext, method: BuildMethod): Promise<string[] | null>;
  /**
   * One transaction: build, config, trigger, result row (status NULL), status history, idempotency key, outbox row.
   * The same key and request again give the first build (`created: false`); the same key with another request is idempotency_key_reused.
   */
  accept(tenant: TenantContext, request: AcceptBuild): Promise<{ build: Build; created: boolean }>;
  /** The build that this key was answered with; null when it is free. idempotency_key_reused when it was another request. */
  findAccepted(tenant: TenantContext, idempotency: AcceptBuild['idempotency']): Promise<Build | null>;
  /**
   * A new build after the newest of the chain. `joined`: a retry of the chain is live and given instead; `replayed`: the key's first
   * answer. conflict when there is nothing to retry; resume_impossible when the image that is to be published is not there.
   */
  retry(
    tenant: TenantContext,
    request: RetryBuild,
  ): Promise<{ build: Build; answer: 'created' | 'joined' | 'replayed' }>;
  /** A new build of what one that succeeded was built from. conflict for any other build. */
  rebuild(
    tenant: TenantContext,
    request: RebuildRequest,
  ): Promise<{
    build: Build;
    pinned: readonly string[];
    notPinned: readonly string[];
    created: boolean;
  }>;
  /** A new build of what one that succeeded was built from, with changes, that is never published. conflict for any other build. */
  whatIf(
    tenant: TenantContext,
    request: WhatIfRequest,
  ): Promise<{ build: Build; pinned: readonly string[]; created: boolean }>;
  /** A build with its retries and what it is a retry of, the first one first. */
  chain(tenant: TenantContext, buildId: string): Promise<Build[]>;
  get(tenant: TenantContext, buildId: string): Promise<Build>;
  /** The build is read before its steps: a terminal one comes with its final steps. */
  withSteps(
    tenant: TenantContext,
    buildId: string,
  ): Promise<{ build: Build; steps: BuildStep[]; publications: Publication[] }>;
  list(tenant: TenantContext, filter: BuildFilter): Promise<Page<Build>>;
  /** Sets cancel_requested_at under the row's lock and puts the doorbell in the outbox. A terminal build is returned unchanged. */
  requestCancel(tenant: TenantContext, buildId: string): Promise<Build>;
  steps(tenant: TenantContext, buildId: string): Promise<BuildStep[]>;
  warnings(tenant: TenantContext, buildId: string): Promise<BuildWarning[]>;
  publications(tenant: TenantContext, buildId: string): Promise<Publication[]>;
  /** What the newest attempt has kept of its stages. */
  artifacts(tenant: TenantContext, buildId: string): Promise<BuildArtifact[]>;
  /** What its test reports say; `limit` bounds the cases. */
  tests(
    tenant: TenantContext,
    buildId: string,
    query: { readonly status: TestStatus | null; readonly limit: number },
  ): Promise<BuildTests>;
  /** Tests that pass and fail without a change, by the newest `builds` with reports. */
  flakyTests(
    tenant: TenantContext,
    projectId: string,
    query: { readonly builds: number; readonly limit: number },
  ): Promise<FlakyTests>;
  layers(tenant: TenantContext, buildId: string): Promise<BuildLayer[]>;
  /** What tells why its steps were not taken from a cache. */
  cacheFacts(tenant: TenantContext, buildId: string): Promise<ComparedFacts>;
  /** The images that it was made from, the base first. */
  baseImages(tenant: TenantContext, buildId: string): Promise<BaseImageUse[]>;
  metrics(tenant: TenantContext, buildId: string): Promise<BuildMetrics>;
  history(tenant: TenantContext, buildId: string): Promise<StatusChange[]>;
  attempts(tenant: TenantContext, buildId: string): Promise<Attempt[]>;
  config(tenant: TenantContext, buildId: string): Promise<StoredConfig>;
}

export interface LogPart {
  readonly chunks: readonly LogChunk[];
  /**
   * True when the build is terminal and the log of every attempt is sealed (whole, or its loss declared). It was asked before the chunks
   * were read: where it is true and fewer than `limit` came, nothing will ever follow.
   */
  readonly isComplete: boolean;
}

/** The reader's side of logs. */
export interface LogReader {
  /** Chunks after the cursor (`<attempt>.<chunk>`; null = from the start), in order, at most `limit`. */
  read(tenant: TenantContext, buildId: string, after: string | null, limit: number): Promise<LogPart>;
  /** A range of the sealed bytes of an attempt. `not_found` where they are not here any more. */
  bytes(
    tenant: TenantContext,
    log: { readonly buildId: string; readonly attempt: number },
    range: ByteRange,
  ): AsyncIterable<Uint8Array>;
}

/** What has changed of a build: its record or steps, its log, or everything, since it has ended. */
export type BuildChange = 'build' | 'log' | 'end';

/** Doorbells from PostgreSQL (LISTEN), with a fallback for databases without it: `onChange` may be rung without cause. */
export interface ChangeFeed {
  /** Calls back when something about the build may have changed (null: anything). Returns the function that stops it. */
  onBuildChange(buildId: string, ring: (change: BuildChange | null) => void): () => void;
  /** Calls back when the outbox may have new rows. */
  onOutbox(ring: () => void): () => void;
  /** Calls back when slots may have become usable (a worker came online or offers more): time for grantNext. */
  onPool(ring: () => void): () => void;
  /** Calls back when a queue may have changed: a build was accepted, got a slot or has ended, or slots or limits have changed. */
  onQueue(ring: () => void): () => void;
  /** Calls back when a schedule or one of its ticks may have changed. */
  onSchedules(ring: () => void): () => void;
  /** Calls back when a delivery of a webhook may wait to become a build. */
  onDeliveries(ring: () => void): () => void;
  /** Calls back when the heads of a repository may have to be read. */
  onReadings(ring: () => void): () => void;
  /** Calls back when a notification may wait to be sent, or one that was a test may have been. */
  onNotifications(ring: () => void): () => void;
  /** Calls back when a move of a base image, or a build that is for one, may have changed. */
  onBaseImages(ring: () => void): () => void;
  /** Calls back when the layers of an image may have been looked into. */
  onImage(manifestDigest: string, ring: () => void): () => void;
  close(): Promise<void>;
}
