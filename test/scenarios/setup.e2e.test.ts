import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { choosePorts } from '../../src/embedded/services/free-ports.js';
import { startRegistry } from '../../src/embedded/services/registry.js';
import { startPostgres } from '../../src/embedded/services/postgres.js';
import { startTemporal } from '../../src/embedded/services/temporal.js';
import { startAsPrinted } from '../support/printed-commands.js';
import { startProcesses } from '../support/separate-processes.js';
import { findTemporalServer, startTemporalServer } from '../support/temporal-server.js';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let stateFolder: string;
let adminUrl: string;
let registry: string;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-setup-'));
  chmodSync(stateFolder, 0o755);
  const programs = await ensurePrograms(['postgres', 'registry']);
  const postgres = await startPostgres({ stateFolder, programs });
  stops.push(() => postgres.stop());
  const served = await startRegistry({ stateFolder, programs });
  stops.push(() => served.stop());
  registry = served.address;
  const { user, password, host, port, database } = postgres.connection;
  const superuser = new pg.Client({ user, password, host, port, database });
  await superuser.connect();
  await superuser.query("CREATE ROLE operator LOGIN CREATEROLE CREATEDB PASSWORD 'operators'");
  await superuser.query("CREATE ROLE weak LOGIN PASSWORD 'weaks'");
  await superuser.end();
  adminUrl = `postgres://operator:operators@${host}:${port}/${database}`;
}, 300_000);

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(stateFolder, { recursive: true, force: true });
}, 60_000);

async function setup(settings: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [ENTRY, 'setup'], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

const settingsFor = (name: string, temporalAddress: string): Record<string, string> => ({
  KILN_ADMIN_DATABASE_URL: adminUrl,
  KILN_DATABASE_NAME: name,
  KILN_TEMPORAL_ADDRESS: temporalAddress,
  KILN_TEMPORAL_NAMESPACE: name,
  KILN_SETUP_DIR: join(stateFolder, name),
});

const contentsOf = (folder: string): string[] =>
  ['secrets/api-token', 'api/database-url', 'controller/kiln.env', 'host/kiln.env', 'host/worker-token'].map(
    (file) => readFileSync(join(folder, file), 'utf8'),
  );

/** Sets up, and once more, which changes nothing; gives what was printed. */
async function setUpTwice(settings: Record<string, string>): Promise<string> {
  const folder = settings['KILN_SETUP_DIR']!;
  const first = await setup(settings);
  expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('KILN_CONFIG_FILE=') });
  const made = contentsOf(folder);
  const { code, stdout } = await setup(settings);
  expect(code).toBe(0);
  expect(contentsOf(folder)).toEqual(made);
  expect(statSync(join(folder, 'host', 'worker-token')).mode & 0o777).toBe(0o600);
  return stdout;
}

test('a Temporal that knows nothing of Kiln and a role that is no superuser become an installation whose printed commands start as they stand, and build', async () => {
  const temporal = await startTemporal({ stateFolder, programs: await ensurePrograms(['temporal']) });
  stops.push(() => temporal.stop());
  const { http } = await choosePorts(['http'], { wanted: {}, remembered: {}, mustKeep: false });
  const settings = {
    ...settingsFor('kiln_a', temporal.address),
    KILN_API_URL: `http://127.0.0.1:${http}`,
    KILN_SETUP_DIR: join(stateFolder, 'with a space'),
  };
  const lacking = await setup(settings);
  expect(lacking.stdout).toContain(
    `${settings.KILN_SETUP_DIR}/host/kiln.env: KILN_BUILDKIT_ADDRESS, KILN_REGISTRY\n`,
  );
  const printed = await setUpTwice({
    ...settings,
    KILN_REGISTRY: registry,
    KILN_INSECURE_REGISTRIES: registry,
    KILN_BUILDKIT_ADDRESS: 'unix:///nonexistent.sock',
  });
  expect(printed).not.toContain('Still to be set');
  const running = await startAsPrinted(printed, settings.KILN_API_URL);
  try {
    const token = readFileSync(join(settings.KILN_SETUP_DIR, 'cli', 'api-token'), 'utf8');
    expect(await running.build(token)).toMatchObject({ status: 'success' });
  } finally {
    await running.stop();
  }
}, 300_000);

const server = findTemporalServer();
(server === null ? test.skip : test)(
  'the real Temporal server on the same PostgreSQL is set up and builds (its tools are in the cache)',
  async () => {
    const temporal = await startTemporalServer(server!, { adminUrl, folder: stateFolder });
    stops.push(() => temporal.stop());
    const settings = settingsFor('kiln_b', temporal.address);
    await setUpTwice(settings);
    const setupFolder = settings['KILN_SETUP_DIR']!;
    const processes = await startProcesses({ setupFolder, registry });
    try {
      expect(await processes.build()).toMatchObject({ status: 'success' });
    } finally {
      await processes.stop();
    }
  },
  300_000,
);

test.concurrent.each([
  ['weak role', { user: 'weak:weaks' }, 'the role "weak" may not create roles and databases'],
  ['wrong password', { user: 'operator:nope' }, 'refused the user or its password'],
  ['nothing there', { host: '127.0.0.1:1' }, 'Nothing answers at host and port'],
])(
  '%s: refused in words that say what to do',
  async (_name, change: { user?: string; host?: string }, text) => {
    const url = new URL(adminUrl);
    const [user, password] = change.user?.split(':') ?? [url.username, url.password];
    const host = change.host ?? url.host;
    const ended = await setup({
      ...settingsFor('kiln_c', '127.0.0.1:1'),
      KILN_ADMIN_DATABASE_URL: `postgres://${user}:${password}@${host}/postgres`,
    });
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toContain('KILN_ADMIN_DATABASE_URL');
    expect(ended.stderr).toContain(text);
    expect(ended.stderr).not.toContain(password);
  },
  60_000,
);

test.concurrent('a Temporal that does not answer is named', async () => {
  const ended = await setup(settingsFor('kiln_d', '127.0.0.1:1'));
  expect(ended.stderr).toContain('KILN_TEMPORAL_ADDRESS: no Temporal answers at 127.0.0.1:1');
}, 60_000);
