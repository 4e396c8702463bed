import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isErrorCode, KilnError } from '../../domain/errors.js';
import { timeLimit } from '../../domain/time-limit.js';
import type { OpenUpload } from '../../domain/builds/publication.js';
import type { PublishSpec, RunReport, Supervisor } from '../../ports/supervisor.js';

const FIRST_WAIT_MS = 50;
const MAX_WAIT_MS = 1000;
const DRAIN_ANSWER_MS = 1000;

export interface SupervisorClientOptions {
  readonly socketPath: string;
  /** How long calls other than a run keep trying while the socket is away, unless their signal aborts before. */
  readonly patienceMs?: number;
}

/** The worker's client of its host's supervisor. While the socket is away (a restart) it tries again. */
export interface SupervisorClient extends Supervisor {
  /** The id the api gave to this host; waits until it is known. */
  workerId(signal: AbortSignal): Promise<string>;
  /** Tells the supervisor that this process is there until the signal aborts, or the process dies. */
  attach(signal: AbortSignal): Promise<void>;
  /** Whether the api takes this host for its worker, as soon as that is another than `known`. Rejects when the signal aborts. */
  admission(known: boolean | null, signal: AbortSignal): Promise<boolean>;
  /** Has the host take no new builds; resolves when those that run have ended, the time is over, or the supervisor is away. */
  drain(withinMs: number): Promise<void>;
}

export function createSupervisorClient(options: SupervisorClientOptions): SupervisorClient {
  const { socketPath } = options;
  const patient = (caller?: AbortSignal): AbortSignal => timeLimit(options.patienceMs ?? 60_000, caller);
  return {
    run: (lease, signal) => insist<RunReport>(socketPath, 'POST', '/runs', lease, signal),
    async stop(lease) {
      await insist(socketPath, 'POST', '/runs/stop', lease, patient());
    },
    publishSpec: (lease, signal) =>
      insist<PublishSpec>(socketPath, 'POST', '/publish-spec', lease, patient(signal)),
    putPublication: (lease, publication, signal) =>
      insist<OpenUpload[]>(socketPath, 'POST', '/publications', { lease, publication }, patient(signal)),
    async drain(withinMs) {
      const patience = AbortSignal.timeout(withinMs + DRAIN_ANSWER_MS);
      await call(socketPath, 'POST', '/drain', { withinMs }, patience).catch(() => undefined);
    },
    async attach(signal) {
      while (!signal.aborted) {
        await insist(socketPath, 'POST', '/attach', null, signal).catch(() =>
          sleep(MAX_WAIT_MS, undefined, { signal }).catch(() => undefined),
        );
      }
    },
    async admission(known, signal) {
      for (;;) {
        type Answer = { isAdmitted: boolean | null };
        const { isAdmitted } = await insist<Answer>(socketPath, 'POST', '/admission', { known }, signal);
        if (isAdmitted !== null && isAdmitted !== known) return isAdmitted;
        await sleep(FIRST_WAIT_MS, undefined, { signal });
      }
    },
    async workerId(signal) {
      for (;;) {
        const health = await insist<{ workerId: string | null }>(socketPath, 'GET', '/healthz', null, signal);
        if (health.workerId !== null) return health.workerId;
        await sleep(FIRST_WAIT_MS, undefined, { signal });
      }
    },
  };
}

/** Repeats a call while nobody answers; the supervisor's calls may all be repeated. */
async function insist<T>(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
    try {
      return (await call(socketPath, method, path, body, signal)) as T;
    } catch (error) {
      const away = error instanceof KilnError && error.code === 'supervisor_unavailable';
      if (!away || signal.aborted) throw error;
    }
    await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new KilnError('supervisor_unavailable', { cause: signal.reason });
  }
}

function call(
  socketPath: string,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const away = (cause: unknown): void => reject(new KilnError('supervisor_unavailable', { cause }));
    const sent = request({ socketPath, method, path, signal, agent: false }, (response) => {
      const blocks: Buffer[] = [];
      response.on('data', (block: Buffer) => blocks.push(block));
      response.on('error', away);
      response.on('close', () => {
        if (!response.complete) away('the answer broke off');
      });
      response.on('end', () => {
        try {
          const answer = JSON.parse(Buffer.concat(blocks).toString('utf8')) as Record<string, unknown>;
          if ((response.statusCode ?? 500) < 400) resolve(answer);
          else reject(errorOf(answer));
        } catch (cause) {
          away(cause);
        }
      });
    });
    sent.on('error', away);
    sent.end(body === null ? undefined : JSON.stringify(body));
  });
}

function errorOf(problem: Record<string, unknown>): KilnError {
  const code = isErrorCode(problem.code) ? problem.code : 'internal';
  return new KilnError(code, typeof problem.detail === 'string' ? { message: problem.detail } : {});
}
