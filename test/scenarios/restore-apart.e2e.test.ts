import { afterAll, beforeAll, expect, test } from 'vitest';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { startPostgres } from '../../src/embedded/services/postgres.js';
import { startRegistry } from '../../src/embedded/services/registry.js';
import { startTemporal } from '../../src/embedded/services/temporal.js';
import { type RunningProcesses, startProcesses } from '../support/separate-processes.js';
import { hasEnded, runKiln } from './kiln.js';

let stateFolder: string;
let settings: Record<string, string>;
let processes: RunningProcesses;
const stops: (() => Promise<void>)[] = [];

/** An installation set up on a PostgreSQL, a Temporal and a registry of their own, which a restore of the database leaves alone. */
beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-apart-'));
  chmodSync(stateFolder, 0o755);
  const programs = await ensurePrograms(['postgres', 'registry', 'temporal']);
  const postgres = await startPostgres({ stateFolder, programs });
  stops.push(() => postgres.stop());
  const registry = await startRegistry({ stateFolder, programs });
  stops.push(() => registry.stop());
  const temporal = await startTemporal({ stateFolder, programs });
  stops.push(() => temporal.stop());
  const { user, password, host, port, database } = postgres.connection;
  const setupFolder = join(stateFolder, 'setup');
  settings = {
    KILN_ADMIN_DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${database}`,
    KILN_TEMPORAL_ADDRESS: temporal.address,
    KILN_TEMPORAL_NAMESPACE: 'apart',
    KILN_SETUP_DIR: setupFolder,
    KILN_DATA_DIR: join(setupFolder, 'state', 'data'),
    KILN_REGISTRY: registry.address,
    KILN_INSECURE_REGISTRIES: registry.address,
  };
  await kiln('setup');
  processes = await startProcesses({ setupFolder, registry: registry.address });
  stops.push(() => processes.stop());
}, 300_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(stateFolder, { recursive: true, force: true });
}, 60_000);

async function kiln(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runKiln(args, settings);
  if (code !== 0) throw new Error(`kiln ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

test('hosts and workflows that outlive a restored database bring every build of the backup to one end', async () => {
  const first = await processes.build();
  const ended = await processes.until(first.id, (build) => build.result.cleanup_status === 'completed');
  expect(ended).toMatchObject({ status: 'success' });
  const running = await processes.accept({ seconds: '15', lines: '30' });
  await processes.until(running.id, (build) => build.status === 'in_progress');
  while (!(await processes.log(running.id)).includes('line 2')) await sleep(100);

  const backup = join(stateFolder, 'backup');
  await kiln('backup', backup);
  const forgotten = await processes.accept();
  await processes.stopControlPlane();
  await kiln('restore', backup, '--force');
  await kiln('setup');
  await processes.startControlPlane();

  const again = await processes.until(running.id, hasEnded);
  expect(again).toMatchObject({ status: 'success', attempts: 2, build_number: 2, log_complete: true });
  const lines = (await processes.log(running.id)).split('\n').filter((line) => /^line \d+$/.test(line));
  expect(lines.slice(-30)).toEqual(Array.from({ length: 30 }, (_, index) => `line ${index + 1}`));
  expect(await processes.until(ended.id, () => true)).toEqual(ended);
  expect(await processes.until(forgotten.id, () => true)).toMatchObject({ code: 'not_found' });
  expect(await processes.build()).toMatchObject({ status: 'success', build_number: 3 });

  expect(await kiln('verify', '--all', '--registry')).not.toContain('✗');
}, 240_000);
