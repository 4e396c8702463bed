import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  loadApiConfig,
  loadControllerConfig,
  loadSupervisorConfig,
  loadWorkerConfig,
  refuseInvalidSettings,
} from '../../src/config.js';
import { KilnError } from '../../src/domain/errors.js';

const database = 'postgres://kiln_api:s3cret@127.0.0.1:5432/kiln';
const api = { KILN_DATABASE_URL: database, KILN_DATA_DIR: '/var/lib/kiln' };
const supervisor = {
  KILN_API_URL: 'http://127.0.0.1:8080',
  KILN_WORKER_TOKEN: 't0ken',
  KILN_STATE_DIR: '/s',
};
const workerId = '0190a000-0000-7000-8000-000000000050';

function refusal(load: () => unknown): KilnError {
  try {
    load();
  } catch (error) {
    if (error instanceof KilnError) return error;
    throw error;
  }
  throw new KilnError('internal', { message: 'nothing was refused' });
}

it('fills in what is not set', () => {
  expect(loadApiConfig(api)).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    databaseUrl: database,
    dataDir: '/var/lib/kiln',
    uploadKeepHours: 336,
    registry: undefined,
    warnings: [],
  });
});

it('loads every process', () => {
  expect(
    loadControllerConfig({ KILN_CONTROLLER_DATABASE_URL: database, KILN_DATA_DIR: '/d' }).temporalNamespace,
  ).toBe('default');
  expect(loadWorkerConfig({ KILN_WORKER_ID: workerId, KILN_SLOTS: '4' })).toMatchObject({
    workerId,
    slots: 4,
  });
  expect(loadSupervisorConfig(supervisor)).toMatchObject({ buildNetwork: 'none', stubEngine: false });
});

it('gives a frozen object', () => {
  expect(Object.isFrozen(loadApiConfig(api))).toBe(true);
});

it('reads lists, numbers and switches', () => {
  expect(
    loadSupervisorConfig({
      ...supervisor,
      KILN_INSECURE_REGISTRIES: 'localhost:5000, registry.lan:80,',
      KILN_REGISTRY_MIRRORS: 'docker.io=mirror.lan:5000/hub',
      KILN_SLOTS: '3',
      KILN_STUB_ENGINE: 'true',
    }),
  ).toMatchObject({
    insecureRegistries: ['localhost:5000', 'registry.lan:80'],
    registryMirrors: [{ registry: 'docker.io', mirror: 'mirror.lan:5000/hub' }],
    slots: 3,
    stubEngine: true,
  });
});

it('reads a secret from the file that its _FILE variable names', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'kiln-config-')), 'secret');
  writeFileSync(file, 'from-file\n');
  const rest = { ...supervisor, KILN_WORKER_TOKEN: '' };
  expect(loadSupervisorConfig({ ...rest, KILN_WORKER_TOKEN_FILE: file }).workerToken).toBe('from-file');
});

it.each([
  [{}, ['KILN_DATABASE_URL', 'KILN_DATA_DIR']],
  [{ ...api, KILN_PORT: 'http' }, ['KILN_PORT']],
  [{ ...api, KILN_PORT: '70000', KILN_LOG_LEVEL: 'loud' }, ['KILN_LOG_LEVEL', 'KILN_PORT']],
  [{ ...api, KILN_DATABASE_URL: '' }, ['KILN_DATABASE_URL']],
  [{ ...api, KILN_DATABASE_URL_FILE: '/x' }, ['KILN_DATABASE_URL_FILE']],
  [{ KILN_DATA_DIR: '/d', KILN_DATABASE_URL_FILE: '/does/not/exist' }, ['KILN_DATABASE_URL_FILE']],
  [{ ...api, KILN_TEMPORAL_ADDRESS: 'nowhere' }, ['KILN_TEMPORAL_ADDRESS']],
  [{ ...api, KILN_UPLOAD_MAX_BYTES: '1.5' }, ['KILN_UPLOAD_MAX_BYTES']],
  [{ ...api, KILN_REGISTRY: 'http://localhost:5000' }, ['KILN_REGISTRY']],
  [{ ...api, KILN_REGISTRY_MIRRORS: 'docker.io=https://mirror.lan' }, ['KILN_REGISTRY_MIRRORS']],
])('refuses %j and names what is wrong', (environment, names) => {
  const { code, fields } = refusal(() => loadApiConfig(environment));
  expect([code, fields.map(({ field }) => field).sort()]).toEqual(['config_invalid', names]);
});

it('judges what is given to `kiln up` for any process, and asks for nothing else', () => {
  expect(() => refuseInvalidSettings({ KILN_ALLOWED_NETWORKS: '10.0.0.0/8', PATH: '/bin' })).not.toThrow();
  const wrong = { KILN_LEASE_TTL_MS: 'soon', KILN_BUILD_NETWORK: 'lan', KILN_ALLOWED_NETWORKS: 'lan' };
  const { code, fields } = refusal(() => refuseInvalidSettings(wrong));
  expect(code).toBe('config_invalid');
  expect(fields.map(({ field }) => field).sort()).toEqual(Object.keys(wrong).sort());
});

test('proxies that no process takes are refused together with the settings', () => {
  const environment = { HTTP_PROXY: 'ftp://proxy.example', https_proxy: 'http://proxy.example:3128' };
  expect(refusal(() => refuseInvalidSettings({}, environment))).toMatchObject({
    code: 'config_invalid',
    fields: [{ field: 'HTTP_PROXY', message: 'expected http://host:port of a proxy' }],
  });
});

it('never repeats a value in an error', () => {
  const { message } = refusal(() => loadApiConfig({ ...api, KILN_DATABASE_URL: 'mysql://root:hunter2@db' }));
  expect(message).toContain('KILN_DATABASE_URL');
  expect(message).not.toContain('hunter2');
});

it('warns about a variable that looks like ours and is not', () => {
  const { warnings } = loadApiConfig({
    ...api,
    KILN_PROT: '1',
    KILN_TOKEN: 'x',
    KILN_SLOTS: '1',
    PATH: '/bin',
  });
  expect(warnings).toEqual(['KILN_PROT is not a variable that Kiln knows.']);
});
