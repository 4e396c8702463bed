import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { startPostgres } from '../../src/embedded/services/postgres.js';

/** A PostgreSQL of its own for tests, on a free loopback port. `adminUrl` is the superuser's. `stop` removes its data. */
export interface TestPostgres {
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/** Starts an empty PostgreSQL. Durability is off: a test that needs it starts the real service. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kiln-test-postgres-'));
  // As root the server runs as another user, who must be able to walk into the folder.
  await chmod(stateFolder, 0o755);
  const programs = await ensurePrograms(['postgres']);
  const server = await startPostgres({
    stateFolder,
    programs,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const { user, password, host, port, database } = server.connection;
  return {
    adminUrl: `postgres://${user}:${password}@${host}:${port}/${database}`,
    stop: async () => {
      await server.stop();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}
