import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { archiveEntries } from '../../../src/adapters/context/archive-entries.js';
import { webhookReader } from '../../../src/adapters/webhooks/reader.js';
import { createApp } from '../../../src/api/app.js';
import { type ApiDeps, DEFAULT_LIMITS } from '../../../src/api/deps.js';
import { serve } from '../../../src/api/serve.js';
import type { ApiEvents } from '../../../src/ports/api-events.js';
import { fakeContents } from './fake-contents.js';
import { fakeImageFiles, fakeImages, fakeInspections } from './fake-images.js';
import { fakeLimits, fakeWeights } from './fake-limits.js';
import { fakeStats, fakeTenants } from './fake-stats.js';
import { fakeNotifications } from './fake-notifications.js';
import { fakeWebhooks } from './fake-webhooks.js';
import { fakeWorkers } from './fake-workers.js';
import { fakeVerifications } from './fake-verifications.js';
import { fakeQueue } from './fake-queue.js';
import { fakeLeases } from './fake-leases.js';
import { fakeBaseImages } from './fake-base-images.js';
import { fakeSchedules } from './fake-schedules.js';
import { fakeCredentials, fakeLeaseSecrets, fakeSecrets } from './fake-secrets.js';
import {
  aWorld,
  type FakeData,
  fakeBuilds,
  fakeChanges,
  fakeLogs,
  fakeProjects,
  fakeTokens,
  fakeUploads,
} from './fake-stores.js';
import { fakeBuildRetention } from './fake-build-retention.js';
import { fakePrunes } from './fake-prunes.js';

const WEB = new URL('../../../web', import.meta.url).pathname;

export interface ApiUnderTest {
  readonly url: string;
  readonly data: FakeData;
  readonly blobFolder: string;
  /** Names of the events that were reported, with what came with them. */
  readonly events: { name: string; event: Record<string, unknown> }[];
  readonly effects: { name: string; input: unknown }[];
  /** Tells the viewers that the process goes down. */
  goDown(): void;
  close(): Promise<void>;
  /** Sends a request with the good token (null: without one; a text: with that one). */
  send(path: string, options?: SendOptions): Promise<Response>;
}

export interface SendOptions {
  method?: string;
  token?: string | null;
  body?: unknown;
  /** A body of bytes, as they are. */
  raw?: Uint8Array;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The api over fakes on a free loopback port. `change` swaps any of its dependencies. */
export async function startApi(change: Partial<ApiDeps> = {}): Promise<ApiUnderTest> {
  const data = aWorld();
  const events: ApiUnderTest['events'] = [];
  const effects: ApiUnderTest['effects'] = [];
  const blobFolder = await mkdtemp(join(tmpdir(), 'kiln-api-'));
  const closing = new AbortController();
  const app = createApp({
    tokens: fakeTokens(),
    projects: fakeProjects(),
    uploads: fakeUploads(data),
    builds: fakeBuilds(data),
    images: fakeImages(),
    inspections: fakeInspections(),
    imageFiles: fakeImageFiles(),
    logs: fakeLogs(data),
    changes: fakeChanges(data),
    queue: fakeQueue(data.queue),
    leases: fakeLeases(effects),
    secrets: fakeSecrets(effects),
    credentials: fakeCredentials(effects),
    leaseSecrets: fakeLeaseSecrets(),
    contents: fakeContents(data.contents),
    files: createContentFiles(blobFolder),
    readArchive: archiveEntries,
    vault: { registryCredential: () => Promise.resolve(null) },
    probeRegistry: () => Promise.resolve([{ step: 'name', status: 'ok', message: 'is known', remedy: null }]),
    ...fakeVerifications(),
    workflows: {
      start: () => Promise.resolve(),
      signalCancel: () => Promise.resolve(),
      signalDecision: () => Promise.resolve(),
    },
    prunes: fakePrunes(),
    pruneWorkflows: { start: () => Promise.resolve() },
    buildRetention: fakeBuildRetention(),
    buildPruneWorkflows: { start: () => Promise.resolve() },
    baseImages: fakeBaseImages(),
    baseImageChecks: { start: () => Promise.resolve() },
    gates: { decide: (tenant, { buildId }) => fakeBuilds(data).get(tenant, buildId) },
    trustTenants: ['default'],
    schedules: fakeSchedules(),
    workers: fakeWorkers(effects),
    operatorTenants: ['default'],
    weights: fakeWeights(),
    stats: fakeStats(),
    tenants: fakeTenants(),
    ...fakeNotifications(),
    ...fakeWebhooks(effects),
    webhookReader,
    checkGitUrl: () => {},
    checkRegistryHost: () => {},
    checkDockerfile: () => [],
    checkDockerfileSources: () => {},
    events: new Proxy({} as ApiEvents, {
      get: (_target, name) => (event: Record<string, unknown>) => events.push({ name: String(name), event }),
    }),
    probes: { postgresql: () => Promise.resolve() },
    metricsPage: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'kiln_up 1\n' }),
    defaultRegistry: 'localhost:5000',
    limits: { ...DEFAULT_LIMITS, wakeIntervalMs: 5 },
    buildLimits: fakeLimits(),
    installationLimits: { context_max_bytes: 4096, context_max_entries: 20 },
    version: '0.0.0-test',
    temporal: { namespace: 'kiln', uiUrl: 'http://127.0.0.1:8233' },
    webFolder: WEB,
    closing: closing.signal,
    ...change,
  });
  const server = await serve(app, '127.0.0.1', 0);
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    data,
    blobFolder,
    events,
    effects,
    goDown: () => closing.abort(),
    close: async () => {
      closing.abort();
      await server.close(200);
      await rm(blobFolder, { recursive: true });
    },
    send: (path, { method = 'GET', token = 'good-token', body, raw, headers = {}, signal } = {}) =>
      fetch(new URL(path, url), {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(raw === undefined ? {} : { body: Buffer.from(raw) }),
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      }),
  };
}
