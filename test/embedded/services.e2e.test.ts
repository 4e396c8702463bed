import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processStartTime } from '../../src/embedded/process-identity.js';
import { ensurePrograms, type ProgramName } from '../../src/embedded/programs.js';
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

interface ServiceUnderTest {
  readonly name: string;
  readonly programs: readonly ProgramName[];
  readonly start: () => Promise<RunningService>;
}

async function programsFor<N extends ProgramName>(...names: N[]) {
  return ensurePrograms(names);
}

const services: ServiceUnderTest[] = [
  {
    name: 'postgres',
    programs: ['postgres'],
    start: async () => startPostgres({ stateFolder, programs: await programsFor('postgres') }),
  },
  {
    name: 'temporal',
    programs: ['temporal'],
    start: async () => startTemporal({ stateFolder, programs: await programsFor('temporal') }),
  },
  {
    name: 'registry',
    programs: ['registry'],
    start: async () => startRegistry({ stateFolder, programs: await programsFor('registry') }),
  },
];

test.each(services)(
  '$name comes back on its port after a kill -9 and leaves no process when it is stopped',
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
  120_000,
);
