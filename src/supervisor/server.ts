import type { Server } from 'node:http';
import { connect } from 'node:net';
import { z } from 'zod';
import { PublicationReport } from '../contracts/publications.js';
import { KilnError } from '../domain/errors.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import { serveJsonSocket, type SocketCall } from './json-socket.js';

const LeaseBody = z.strictObject({
  buildId: z.uuid(),
  attempt: z.int().min(1),
  leaseId: z.uuid(),
  fence: z.int().min(1),
});

const PublicationBody = z.strictObject({ lease: LeaseBody, publication: PublicationReport });

const AdmissionBody = z.strictObject({ known: z.boolean().nullable() });

const DrainBody = z.strictObject({ withinMs: z.int().min(0).max(86_400_000) });

/** What the socket offers to the worker process. */
export interface SupervisorService {
  run(lease: LeaseRef): Promise<unknown>;
  stop(lease: LeaseRef): Promise<void>;
  publishSpec(lease: LeaseRef, signal: AbortSignal): Promise<unknown>;
  putPublication(
    lease: LeaseRef,
    report: z.infer<typeof PublicationReport>,
    signal: AbortSignal,
  ): Promise<unknown>;
  /** The worker process is there until it goes away. */
  attach(signal: AbortSignal): Promise<void>;
  /** Whether the api takes this host for its worker, as soon as that is another than the caller knows. */
  admission(known: boolean | null, signal: AbortSignal): Promise<boolean | null>;
  /** Takes no new builds until those that run have ended, the time is over or the caller goes away. */
  drain(withinMs: number, signal: AbortSignal): Promise<void>;
  health(): { readonly workerId: string | null };
}

/** Serves the supervisor on a unix socket that only its own user may open. A run is answered when it has ended. */
export function serveSocket(socketPath: string, service: SupervisorService): Promise<Server> {
  return serveJsonSocket(socketPath, (call) => answer(service, call));
}

/** Raises service_start_failed when a supervisor already answers on the socket: two must not share a state folder. */
export async function refuseSecond(socketPath: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  if (!answers) return;
  throw new KilnError('service_start_failed', {
    message: `A supervisor already runs on ${socketPath}: stop it first, or use another socket and state folder.`,
  });
}

async function answer(service: SupervisorService, call: SocketCall): Promise<unknown> {
  switch (call.route) {
    case 'GET /healthz':
      return service.health();
    case 'POST /runs':
      return service.run(await readLease(call));
    case 'POST /runs/stop':
      await service.stop(await readLease(call));
      return {};
    case 'POST /attach':
      await service.attach(call.signal);
      return {};
    case 'POST /admission':
      return {
        isAdmitted: await service.admission(parsed(AdmissionBody, await call.body()).known, call.signal),
      };
    case 'POST /drain':
      await service.drain(parsed(DrainBody, await call.body()).withinMs, call.signal);
      return {};
    case 'POST /publish-spec':
      return service.publishSpec(await readLease(call), call.signal);
    case 'POST /publications': {
      const { lease, publication } = parsed(PublicationBody, await call.body());
      return service.putPublication(lease, publication, call.signal);
    }
    default:
      throw new KilnError('not_found');
  }
}

async function readLease(call: SocketCall): Promise<LeaseRef> {
  return parsed(LeaseBody, await call.body());
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body);
  if (!read.success) throw new KilnError('invalid_request', { detail: read.error.message });
  return read.data;
}
