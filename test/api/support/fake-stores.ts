import type { Build, BuildStep, BuildWarning, LogChunk } from '../../../src/contracts/builds.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { METHOD_NAMES } from '../../../src/engines/methods.js';
import { KilnError } from '../../../src/domain/errors.js';
import { NO_FACTS } from './no-facts.js';
import { QueueData } from './fake-queue.js';
import type { AcceptBuild, Project, Upload } from '../../../src/ports/records.js';
import type {
  BuildStore,
  ChangeFeed,
  LogReader,
  ProjectStore,
  TenantContext,
  TokenStore,
  UploadStore,
} from '../../../src/ports/stores.js';
import type { FakeIndex } from './fake-contents.js';
import { aBuild, BUILD_ID, NOW, OTHER_TENANT, PROJECT_ID, RETRY_ID, TENANT, UPLOAD_ID } from './records.js';

/** What the fake stores hold and what they were asked. Tests read and write it directly. */
export class FakeData {
  builds = new Map<string, Build>();
  steps: BuildStep[] = [];
  warnings: BuildWarning[] = [];
  chunks: LogChunk[] = [];
  logComplete = false;
  accepted: AcceptBuild[] = [];
  keys = new Map<string, { requestSha256: string; buildId: string }>();
  uploads = new Map<string, Upload>();
  contents: FakeIndex = new Map();
  logReads = 0;
  buildReads = 0;
  readonly queue = new QueueData();
  /** Methods that no build host offers. */
  readonly absentMethods = new Set<string>();
  /** What build hosts give to steps. */
  networks = ['none', 'egress'];
  readonly rings = new Set<() => void>();

  ring(): void {
    for (const ring of [...this.rings]) ring();
  }
}

const project: Project = {
  id: PROJECT_ID,
  slug: 'hello',
  name: 'Hello',
  imageRepository: 'localhost:5000/hello',
  destinations: [],
  defaults: {},
  gate: null,
  trust: 'untrusted',
  retention: null,
  baseImageWatch: null,
  createdAt: NOW,
};

function onlyOf(tenant: TenantContext): void {
  if (tenant.tenantId !== TENANT.tenantId) throw new KilnError('not_found');
}

export function fakeTokens(): TokenStore {
  const tokens = new Map<string, TenantContext>([
    ['good-token', TENANT],
    ['other-token', OTHER_TENANT],
  ]);
  return { resolveApiToken: (token) => Promise.resolve(tokens.get(token) ?? null) };
}

export function fakeProjects(): ProjectStore {
  return {
    async create(_tenant, created) {
      if (created.slug === 'taken') throw new KilnError('conflict');
      return Promise.resolve({ ...project, ...created });
    },
    async get(tenant, slugOrId) {
      onlyOf(tenant);
      if (slugOrId !== project.slug && slugOrId !== project.id) throw new KilnError('not_found');
      return Promise.resolve(project);
    },
    async update(tenant, slugOrId, change) {
      onlyOf(tenant);
      if (slugOrId !== project.slug) throw new KilnError('not_found');
      const { destinations = project.destinations, trust = project.trust } = change;
      return Promise.resolve({ ...project, destinations, trust });
    },
    list: () => Promise.resolve({ items: [project], nextCursor: 'next' }),
    tenantSlug: () => Promise.resolve('default'),
  };
}

export function fakeUploads(data: FakeData): UploadStore {
  return {
    record(tenant, { sha256, sizeBytes, entryCount }) {
      const upload = { id: UPLOAD_ID, sha256, sizeBytes, entryCount, createdAt: NOW };
      if (tenant.tenantId === TENANT.tenantId) data.uploads.set(UPLOAD_ID, upload);
      return Promise.resolve(upload);
    },
    async find(tenant, sha256) {
      onlyOf(tenant);
      const upload = [...data.uploads.values()].find((known) => known.sha256 === sha256);
      if (upload === undefined) throw new KilnError('not_found');
      return Promise.resolve(upload);
    },
    async get(tenant, uploadId) {
      onlyOf(tenant);
      const upload = data.uploads.get(uploadId);
      if (upload === undefined) throw new KilnError('not_found');
      return Promise.resolve(upload);
    },
  };
}

export function fakeBuilds(data: FakeData): BuildStore {
  const find = (tenant: TenantContext, id: string): Promise<Build> => {
    data.buildReads++;
    const build = tenant.tenantId === TENANT.tenantId ? data.builds.get(id) : undefined;
    return build ? Promise.resolve(build) : Promise.reject(new KilnError('not_found'));
  };
  const findAccepted: BuildStore['findAccepted'] = async (tenant, idempotency) => {
    const before = idempotency === null ? undefined : data.keys.get(idempotency.key);
    if (before === undefined || idempotency === null) return null;
    if (before.requestSha256 !== idempotency.requestSha256) throw new KilnError('idempotency_key_reused');
    return find(tenant, before.buildId);
  };
  return {
    methodsOffered: () => Promise.resolve(METHOD_NAMES.filter((method) => !data.absentMethods.has(method))),
    networksOffered: () => Promise.resolve(data.networks),
    findAccepted,
    async accept(tenant, request) {
      const { idempotency } = request;
      const before = await findAccepted(tenant, idempotency);
      if (before !== null) return { build: before, created: false };
      data.accepted.push(request);
      const build = aBuild({ destinations: [...request.destinations] });
      data.builds.set(build.id, build);
      if (idempotency) data.keys.set(idempotency.key, { ...idempotency, buildId: build.id });
      return { build, created: true };
    },
    async retry(tenant, request) {
      const before = await find(tenant, request.buildId);
      if (before.status === 'success') throw new KilnError('conflict');
      const live = [...data.builds.values()].find((build) => build.result.is_retry);
      if (live !== undefined) return { build: live, answer: 'joined' as const };
      if (request.resumeFrom === 'publish') throw new KilnError('resume_impossible');
      const build = aBuild({ id: RETRY_ID, build_number: 2 });
      build.result = { ...build.result, is_retry: true, retry_count: 1, original_build_id: before.id };
      data.builds.set(RETRY_ID, build);
      return { build, answer: 'created' as const };
    },
    rebuild: async (tenant, request) => ({
      build: await find(tenant, request.buildId),
      ...{ pinned: [], notPinned: [], created: true },
    }),
    whatIf: async (tenant, request) => ({
      build: await find(tenant, request.buildId),
      ...{ pinned: [], created: true },
    }),
    chain: async (tenant, id) => [await find(tenant, id)],
    get: find,
    list: (_tenant, filter) =>
      Promise.resolve({ items: [...data.builds.values()].slice(0, filter.limit), nextCursor: null }),
    async requestCancel(tenant, id) {
      const build = await find(tenant, id);
      const cancelled = build.status === 'success' ? build : { ...build, cancel_requested_at: NOW };
      data.builds.set(id, cancelled);
      return cancelled;
    },
    withSteps: async (tenant, id) => ({
      build: await find(tenant, id),
      steps: [...data.steps],
      publications: [],
    }),
    steps: async (tenant, id) => (await find(tenant, id), [...data.steps]),
    warnings: async (tenant, id) => (await find(tenant, id), [...data.warnings]),
    artifacts: (tenant, id) => find(tenant, id).then(() => []),
    tests: (tenant, id) => find(tenant, id).then(() => ({ report: null, items: [] })),
    flakyTests: () => Promise.resolve({ builds: 0, items: [] }),
    publications: (tenant, id) =>
      tenant.tenantId === TENANT.tenantId && data.builds.has(id)
        ? Promise.resolve([])
        : Promise.reject(new KilnError('not_found')),
    layers: async (tenant, id) => (await find(tenant, id), []),
    cacheFacts: (tenant, id) => find(tenant, id).then(() => ({ now: NO_FACTS, before: null })),
    baseImages: (tenant, id) => find(tenant, id).then(() => []),
    metrics: async (tenant, id) => (
      await find(tenant, id),
      {
        total_duration_seconds: 3,
        docker_build_duration_seconds: null,
        docker_push_duration_seconds: null,
        peak_memory_usage_mb: null,
        cpu_usage_percent: null,
        disk_read_bytes: null,
        disk_write_bytes: null,
        total_layers: null,
        reused_layers: null,
        new_layers: null,
        final_image_size_bytes: null,
        compression_ratio: null,
      }
    ),
    history: async (tenant, id) => (
      await find(tenant, id),
      [{ from_status: null, to_status: 'queued', reason: null, changed_by_system: false, changed_at: NOW }]
    ),
    attempts: async (tenant, id) => (await find(tenant, id), []),
    config: async (tenant, id) => {
      const build = await find(tenant, id);
      const [accepted] = data.accepted;
      const { options, settingLayers, buildFile, limits, buildTimeoutMs, resources } = accepted ?? {};
      return {
        method: build.build_method,
        buildNumber: build.build_number,
        imageRepository: project.imageRepository,
        source: accepted?.source ?? { kind: 'inline' },
        options: options ?? {},
        destinations: build.destinations,
        buildTimeoutMs: buildTimeoutMs ?? 3_600_000,
        trust: accepted?.trust ?? 'untrusted',
        withoutSecrets: accepted?.withoutSecrets ?? false,
        resources: resources ?? {},
        layers: settingLayers ?? {},
        limits: limits ?? BUILT_IN_LIMITS,
        buildFile: buildFile ?? null,
      };
    },
  };
}

export function fakeLogs(data: FakeData): LogReader {
  const rank = (attempt: number, chunk: number): number => attempt * 1e9 + chunk;
  return {
    async *bytes(_tenant, log, { first, last }) {
      const chunks = data.chunks.filter(({ attempt }) => attempt === log.attempt);
      if (chunks.length === 0) throw new KilnError('not_found');
      let at = 0;
      for (const { log_content: content } of chunks) {
        const bytes = Buffer.from(content);
        yield await Promise.resolve(bytes.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at)));
        at += bytes.length;
      }
    },
    read(_tenant, id, after, limit) {
      data.logReads++;
      const [attempt = 0, chunk = -1] = after === null ? [] : after.split('.').map(Number);
      const rest = data.chunks.filter((c) => rank(c.attempt, c.chunk) > rank(attempt, chunk));
      const isComplete = data.logComplete && data.builds.has(id);
      return Promise.resolve({ chunks: rest.slice(0, limit), isComplete });
    },
  };
}

export function fakeChanges(data: FakeData): ChangeFeed {
  const listen = (ring: (change: null) => void): (() => void) => {
    const own = (): void => ring(null);
    data.rings.add(own);
    return () => data.rings.delete(own);
  };
  return {
    onBuildChange: (_id, ring) => listen(ring),
    onOutbox: () => () => undefined,
    onPool: () => () => undefined,
    onQueue: (ring) => listen(ring),
    onSchedules: () => () => undefined,
    onDeliveries: () => () => undefined,
    onReadings: () => () => undefined,
    onNotifications: () => () => undefined,
    onBaseImages: () => () => undefined,
    onImage: () => () => undefined,
    close: () => Promise.resolve(),
  };
}

/** A world with one queued build. */
export function aWorld(): FakeData {
  const data = new FakeData();
  data.builds.set(BUILD_ID, aBuild());
  return data;
}
