import type { Server } from 'node:http';
import { z } from 'zod';
import { buildkitKey } from '../../domain/builds/buildkit-key.js';
import { TRUST_LEVELS } from '../../domain/builds/trust.js';
import { KilnError } from '../../domain/errors.js';
import { serveJsonSocket, type SocketCall } from '../../supervisor/json-socket.js';

const openBody = z.strictObject({ tenantId: z.uuid(), trust: z.enum(TRUST_LEVELS) });
const clearBody = z.strictObject({ wantedFreeBytes: z.int().min(0) });

/** What the socket offers to the supervisor. */
export interface BuildkitsService {
  /** The address of the BuildKit with this key. */
  open(key: string): Promise<string>;
  clear(wantedFreeBytes: number, signal: AbortSignal): Promise<void>;
}

/** Serves the BuildKits of a `kiln up` on a unix socket that only its own user may open. */
export function serveBuildkits(socketPath: string, service: BuildkitsService): Promise<Server> {
  return serveJsonSocket(socketPath, async (call) => {
    switch (call.route) {
      case 'POST /open':
        return { address: await service.open(buildkitKey(await read(call, openBody))) };
      case 'POST /clear':
        await service.clear((await read(call, clearBody)).wantedFreeBytes, call.signal);
        return {};
      default:
        throw new KilnError('not_found');
    }
  });
}

async function read<T>(call: SocketCall, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await call.body());
  if (!parsed.success) throw new KilnError('invalid_request', { detail: parsed.error.message });
  return parsed.data;
}
