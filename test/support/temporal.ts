import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { startTemporal } from '../../src/embedded/services/temporal.js';

/** A Temporal server of its own for tests. `stop` removes its data. */
export interface TestTemporal {
  readonly address: string;
  readonly namespace: string;
  stop(): Promise<void>;
}

/** Starts an empty Temporal server with Kiln's namespace and search attributes. */
export async function startTestTemporal(): Promise<TestTemporal> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kiln-test-temporal-'));
  const programs = await ensurePrograms(['temporal']);
  const server = await startTemporal({ stateFolder, programs });
  return {
    address: server.address,
    namespace: server.namespace,
    stop: async () => {
      await server.stop();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}
