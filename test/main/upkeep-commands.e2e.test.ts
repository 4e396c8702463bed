import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKiln } from '../scenarios/kiln.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-upkeep-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [['backup', 'target'], 'holds no state of a Kiln'],
  [['verify'], 'holds no state of a Kiln'],
  [['keys', 'show'], 'KILN_CONTROLLER_DATABASE_URL_FILE: expected a file'],
])('`kiln %j --state` means that folder, whatever installation the environment names', async (args, told) => {
  const [state, settings] = [join(folder, 'state'), join(folder, 'setup.env')];
  const ran = await runKiln([...args, '--state', state], { KILN_CONFIG_FILE: settings });
  expect(ran.code).not.toBe(0);
  expect(ran.stderr).toContain(told);
  expect(ran.stderr).not.toContain(settings);
});

const KEYRING = JSON.stringify({ current: 'k1', keys: { k1: Buffer.alloc(32, 1).toString('base64') } });

test.each([['show'], ['rotate']])(
  '`kiln keys %s` on a Kiln that was stopped says so and how to start it',
  async (command) => {
    const state = join(folder, 'state');
    mkdirSync(join(state, 'secrets'), { recursive: true });
    const url = 'postgres://kiln_controller:secret-5512@127.0.0.1:1/kiln';
    writeFileSync(join(state, 'secrets', 'database-url-controller'), url);
    writeFileSync(join(state, 'secrets', 'keyring.json'), KEYRING, { mode: 0o600 });
    const ran = await runKiln(['keys', command, '--state', state]);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain(`The Kiln of ${state} is not running.`);
    expect(ran.stderr).toContain(`kiln up --state ${state}`);
    expect(readFileSync(join(state, 'secrets', 'keyring.json'), 'utf8')).toBe(KEYRING);
  },
);

test.each(['127.0.0.1:1', 'nowhere.invalid:5432'])(
  '`kiln keys show` names the setting when no PostgreSQL answers at %s',
  async (address) => {
    writeFileSync(join(folder, 'keyring.json'), KEYRING, { mode: 0o600 });
    const ran = await runKiln(['keys', 'show'], {
      KILN_CONTROLLER_DATABASE_URL: `postgres://kiln_controller:secret-5512@${address}/kiln`,
      KILN_KEYRING_FILE: join(folder, 'keyring.json'),
    });
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain('KILN_CONTROLLER_DATABASE_URL: PostgreSQL does not answer');
    expect(ran.stderr).not.toMatch(/secret-5512|fault of the command/);
  },
);

test('`kiln restore` says what the disk refuses while it reads the backup through', async () => {
  const dump = join(folder, 'database.dump');
  mkdirSync(dump);
  const manifest = {
    format: 'kiln-backup',
    format_version: 1,
    kiln_version: '0.0.1',
    created_at: new Date().toISOString(),
    postgres_version: '15.1',
    migrations: ['001_identity'],
    key_ids: [],
    registry_address: null,
    parts: [{ name: 'database', size_bytes: statSync(dump).size, sha256: '0'.repeat(64) }],
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const ran = await runKiln(['restore', folder, '--state', join(folder, 'state'), '--json']);
  expect(ran.code).not.toBe(0);
  expect(ran.stdout + ran.stderr).toContain('backup_failed');
  expect(ran.stdout + ran.stderr).toContain('EISDIR');
});
