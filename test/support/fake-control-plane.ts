import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LogChunkIn, LogSeal, RunSpec } from '../../src/contracts/supervisor.js';
import type { RunOutcome } from '../../src/domain/builds/outcome.js';
import type { Step } from '../../src/domain/builds/step-status.js';
import type { LeaseRef } from '../../src/domain/dispatch/lease.js';
import { BUILT_IN_LIMITS } from '../../src/domain/limits/effective-limits.js';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.js';
import { FakeRegistry } from './fake-registry.js';

/** What goes wrong with a call: not heard, or done while the caller is told that it failed; as 503 or as a broken line. */
export type Fault = 'none' | 'refuse_before' | 'refuse_after' | 'drop_before' | 'drop_after';

/** What the fake api knows of one lease. */
export interface FakeLease {
  readonly ref: LeaseRef;
  readonly spec: RunSpec;
  readonly ttlMs: number;
  token: string | null;
  isOver: boolean;
  cancelRequested: boolean;
  readonly chunks: Map<number, LogChunkIn>;
  readonly steps: Map<number, Step>;
  outcome: RunOutcome | null;
  seal: LogSeal | null;
  renewals: number;
  acknowledgements: number;
}

/** The internal operations of the api in memory, with a registry under /v2/, on a free loopback port. */
export class FakeControlPlane {
  readonly registry = new FakeRegistry();
  readonly leases = new Map<string, FakeLease>();
  readonly contexts = new Map<string, Buffer>();
  /** Secrets that every lease may have, by name. */
  readonly secrets = new Map<string, string>();
  readonly calls: string[] = [];
  readonly heartbeats: FakeHeartbeat[] = [];
  /** Another host speaks by the token of the worker. */
  isTaken = false;
  /** Asked before each call of an operation. */
  fault: (operation: string) => Fault = () => 'none';
  #server: Server | null = null;

  get url(): string {
    return `http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}`;
  }

  get registryHost(): string {
    return new URL(this.url).host;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    return this;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  grant(change: Partial<RunSpec> & { ttlMs?: number; leaseId?: string } = {}): FakeLease {
    const { ttlMs = 600, leaseId = randomUUID(), ...spec } = change;
    const buildId = spec.build_id ?? randomUUID();
    const attempt = spec.attempt ?? 1;
    const fence = spec.fence ?? 1;
    const lease: FakeLease = {
      ref: { buildId, attempt, leaseId, fence },
      ttlMs,
      token: null,
      isOver: false,
      cancelRequested: false,
      chunks: new Map(),
      steps: new Map(),
      outcome: null,
      seal: null,
      renewals: 0,
      acknowledgements: 0,
      spec: {
        build_number: 1,
        tenant_id: randomUUID(),
        project_id: randomUUID(),
        project: 'hello',
        build_method: 'buildx',
        options: {},
        source: { kind: 'inline' },
        git_commit: null,
        build_file: null,
        context: null,
        limits: BUILT_IN_LIMITS,
        trust: 'untrusted',
        resources: {},
        staging: { repository: `${this.registryHost}/staging`, tag: `${buildId}-${attempt}` },
        repositories: [`${this.registryHost}/hello`],
        ...spec,
        build_id: buildId,
        attempt,
        fence,
      },
    };
    this.leases.set(leaseId, lease);
    return lease;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const url = request.url ?? '';
    if (url.startsWith('/v2/')) return this.registry.handle(request, response, body);
    const operation = `${request.method} ${url.split('/').at(-1)}`;
    this.calls.push(operation);
    const fault = this.fault(operation);
    if (fault === 'drop_before') return void request.socket.destroy();
    if (fault === 'refuse_before') return problem(response, 'unavailable');
    const answer = this.#answer(request, url, body);
    if (fault === 'drop_after') return void request.socket.destroy();
    if (fault === 'refuse_after') return problem(response, 'unavailable');
    if (typeof answer === 'string') return problem(response, answer);
    if (Buffer.isBuffer(answer)) return void response.writeHead(200).end(answer);
    if (answer === null) return void response.writeHead(204).end();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #answer(request: IncomingMessage, url: string, raw: Buffer): ErrorCode | Buffer | object | null {
    if (url.endsWith('/worker/heartbeat')) {
      this.heartbeats.push(JSON.parse(raw.toString()) as FakeHeartbeat);
      if (this.isTaken) return 'worker_taken';
      return { worker_id: WORKER_ID, heartbeat_ms: 1000, leases: 0 };
    }
    const [, , , , leaseId, operation] = url.split('/');
    const lease = this.leases.get(leaseId ?? '');
    if (lease === undefined) return 'not_found';
    const body = (raw.length === 0 ? {} : JSON.parse(raw.toString())) as CallBody;
    if (lease.isOver || (operation !== 'context' && body.fence !== lease.ref.fence)) return 'stale_fence';
    if (operation === 'acknowledge') {
      if (this.isTaken) return 'worker_taken';
      lease.token = randomUUID();
      lease.acknowledgements += 1;
      return { lease_token: lease.token, ttl_ms: lease.ttlMs, run: lease.spec };
    }
    if (request.headers.authorization !== `Bearer ${lease.token}`) return 'unauthenticated';
    switch (operation ?? '') {
      case 'renew':
        lease.renewals += 1;
        return { ttl_ms: lease.ttlMs, cancel_requested: lease.cancelRequested };
      case 'log':
        for (const chunk of body.chunks ?? []) {
          if (!lease.chunks.has(chunk.chunk)) lease.chunks.set(chunk.chunk, chunk);
        }
        return null;
      case 'steps':
        for (const step of body.steps ?? []) lease.steps.set(step.number, step);
        return null;
      case 'context':
        return this.contexts.get(lease.spec.context?.sha256 ?? '') ?? 'not_found';
      case 'registries':
        return null;
      case 'secrets':
        if (body.names?.some((name) => !this.secrets.has(name))) return 'secret_missing';
        return {
          secrets: body.names?.map((name) => ({
            name,
            value_base64: Buffer.from(this.secrets.get(name)!).toString('base64'),
          })),
          git: null,
          registries: [],
        };
      case 'finish':
        return finish(lease, body);
      default:
        return 'not_found';
    }
  }
}

/** What a test looks at in a heartbeat. */
interface FakeHeartbeat {
  readonly is_draining: boolean;
  readonly is_worker_away?: boolean;
  readonly builder_trouble: string | null;
}

interface CallBody {
  readonly fence?: number;
  readonly names?: string[];
  readonly chunks?: LogChunkIn[];
  readonly steps?: Step[];
  readonly outcome?: RunOutcome;
  readonly log?: LogSeal;
}

export const WORKER_ID = '11111111-1111-4111-8111-111111111111';

/** The bytes of all stored chunks in order; fails on a gap in numbers, lines or offsets. */
export function storedLog(lease: FakeLease): Buffer {
  const parts: Buffer[] = [];
  let line = 1;
  let offset = 0;
  for (let number = 0; number < lease.chunks.size; number++) {
    const chunk = lease.chunks.get(number);
    if (chunk === undefined) throw new Error(`chunk ${number} is missing`);
    if (chunk.first_line !== line || chunk.offset_bytes !== offset)
      throw new Error(`gap before chunk ${number}`);
    const bytes = Buffer.from(chunk.content_base64, 'base64');
    parts.push(bytes);
    line += chunk.line_count;
    offset += bytes.length;
  }
  return Buffer.concat(parts);
}

/** The log without the lines of Kiln itself. */
export function outputLines(lease: FakeLease): string[] {
  const lines = storedLog(lease).toString('utf8').split('\n').slice(0, -1);
  return lines.filter((line) => !line.startsWith('[kiln] '));
}

function finish(lease: FakeLease, { outcome, log }: CallBody): ErrorCode | null {
  if (outcome === undefined || log === undefined) return 'invalid_request';
  if (lease.chunks.size !== log.chunks) return 'conflict';
  if (createHash('sha256').update(storedLog(lease)).digest('hex') !== log.sha256) return 'conflict';
  lease.outcome = outcome;
  lease.seal = log;
  return null;
}

function problem(response: ServerResponse, code: ErrorCode): void {
  const { status, text } = ERRORS[code];
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ code, status, detail: text }));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for await (const block of request as AsyncIterable<Buffer>) blocks.push(block);
  return Buffer.concat(blocks);
}
