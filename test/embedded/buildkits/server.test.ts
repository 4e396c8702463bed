import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedBuildkits } from '../../../src/adapters/buildkit/asked-buildkits.js';
import { KilnError } from '../../../src/domain/errors.js';
import { serveBuildkits } from '../../../src/embedded/buildkits/server.js';
import { closeSocket } from '../../../src/supervisor/json-socket.js';

const BROKEN = randomUUID();
const never = new AbortController().signal;

let folder: string;
let socketPath: string;
let server: Server;
const cleared: { wanted: number; signal: AbortSignal }[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-kits-'));
  socketPath = join(folder, 'b.sock');
  cleared.splice(0);
  server = await serveBuildkits(socketPath, {
    open: async (key) => {
      if (key === BROKEN) throw new KilnError('service_start_failed', { message: 'it ended at once' });
      return `unix:///${key}.sock`;
    },
    clear: (wanted, signal) => {
      cleared.push({ wanted, signal });
      return wanted === 1 ? new Promise(() => undefined) : Promise.resolve();
    },
  });
});
afterEach(async () => {
  await closeSocket(server);
  rmSync(folder, { recursive: true });
});

test('a supervisor is given the BuildKit of the tenant', async () => {
  const tenantId = randomUUID();

  expect(await askedBuildkits(socketPath).open({ tenantId, trust: 'untrusted' }, never)).toBe(
    `unix:///${tenantId}.sock`,
  );
});

test('trusted builds of the tenant are given another one', async () => {
  const tenantId = randomUUID();

  const address = await askedBuildkits(socketPath).open({ tenantId, trust: 'trusted' }, never);

  expect(address).toBe(`unix:///${tenantId}-trusted.sock`);
});

test('only the user of the `kiln up` may ask', () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
});

test('a BuildKit that does not start fails the attempt as the builder that is not there, with the reason', async () => {
  const asked = askedBuildkits(socketPath).open({ tenantId: BROKEN, trust: 'untrusted' }, never);

  await expect(asked).rejects.toMatchObject({
    code: 'builder_unavailable',
    message: expect.stringContaining('it ended at once'),
  });
});

test('a `kiln up` that is gone does too', async () => {
  const asked = askedBuildkits(join(folder, 'none.sock')).open(
    { tenantId: randomUUID(), trust: 'untrusted' },
    never,
  );

  await expect(asked).rejects.toMatchObject({ code: 'builder_unavailable' });
});

test('what is no id of a tenant names no folder', async () => {
  const asked = askedBuildkits(socketPath).open({ tenantId: '../../etc', trust: 'untrusted' }, never);

  await expect(asked).rejects.toMatchObject({ code: 'builder_unavailable' });
});

test('caches are cleared for as long as the supervisor wants it', async () => {
  await askedBuildkits(socketPath).clearCaches(2.5, never);
  const asking = new AbortController();
  const endless = askedBuildkits(socketPath).clearCaches(1, asking.signal);
  while (cleared.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));

  asking.abort();

  await expect(endless).rejects.toMatchObject({ code: 'builder_unavailable' });
  const gone = cleared[1]!.signal;
  if (!gone.aborted) await new Promise((resolve) => gone.addEventListener('abort', resolve));
  expect(cleared.map(({ wanted }) => wanted)).toEqual([3, 1]);
});
