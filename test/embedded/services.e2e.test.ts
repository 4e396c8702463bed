import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import pg from 'pg';
import { processStartTime } from '../../src/embedded/process-identity.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { buildkitRoot } from '../../src/embedded/services/buildkit-root.js';
import { startBuildkit } from '../../src/embedded/services/buildkit.js';
import { startPostgres } from '../../src/embedded/services/postgres.js';
import { startRegistry } from '../../src/embedded/services/registry.js';
import type { RunningService } from '../../src/embedded/services/service.js';
import { startTemporal } from '../../src/embedded/services/temporal.js';

let stateFolder: string;

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-services-'));
  await chmod(stateFolder, 0o755);
});

afterEach(async () => {
  await rm(stateFolder, { recursive: true, force: true });
});

const services: { name: string; start: () => Promise<RunningService> }[] = [
  {
    name: 'postgres',
    start: async () => startPostgres({ stateFolder, programs: await ensurePrograms(['postgres']) }),
  },
  {
    name: 'temporal',
    start: async () => startTemporal({ stateFolder, programs: await ensurePrograms(['temporal']) }),
  },
  {
    name: 'registry',
    start: async () => startRegistry({ stateFolder, programs: await ensurePrograms(['registry']) }),
  },
  {
    name: 'buildkit',
    start: async () =>
      startBuildkit({
        stateFolder,
        root: buildkitRoot(stateFolder, 'one'),
        programs: await ensurePrograms(['buildkitd', 'buildctl', 'runc']),
      }),
  },
];

test.each(services)(
  '$name comes back on its ports after a kill -9 and leaves no process when it is stopped',
  async ({ start }) => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await first.exited;

    const second = await start();

    expect(second.ports).toEqual(first.ports);
    await second.stop();
    expect(processStartTime(first.pid)).toBeUndefined();
    expect(processStartTime(second.pid)).toBeUndefined();
  },
  900_000,
);

test('postgres keeps what was committed before a kill -9', async () => {
  const programs = await ensurePrograms(['postgres']);
  const first = await startPostgres({ stateFolder, programs });
  await query(first, 'create table kept (value int)');
  await query(first, 'insert into kept values (42)');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;

  const second = await startPostgres({ stateFolder, programs });

  const rows = await query(second, 'select value from kept');
  await second.stop();
  expect(rows).toEqual([{ value: 42 }]);
});

async function query(server: Awaited<ReturnType<typeof startPostgres>>, sql: string): Promise<unknown[]> {
  const client = new pg.Client(server.connection);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}
