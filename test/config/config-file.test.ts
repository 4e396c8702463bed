import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { loadSupervisorConfig } from '../../src/config.js';

const folder = mkdtempSync(join(tmpdir(), 'kiln-config-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (...lines: string[]): string => {
  const file = join(folder, 'kiln.env');
  writeFileSync(file, lines.join('\n'));
  return file;
};
const needed = ['KILN_API_URL=http://127.0.0.1:8080', 'KILN_WORKER_TOKEN=t0ken', 'KILN_STATE_DIR=/s'];

it('reads settings from the file, without comments and quotes', () => {
  const KILN_CONFIG_FILE = fileOf(
    '# this host',
    '',
    ...needed,
    'export KILN_SLOTS = "3"',
    "KILN_HOST='0.0.0.0'",
  );
  expect(loadSupervisorConfig({ KILN_CONFIG_FILE })).toMatchObject({
    apiUrl: 'http://127.0.0.1:8080',
    slots: 3,
    host: '0.0.0.0',
    warnings: [],
  });
});

it('lets the environment win, unless it is empty', () => {
  const KILN_CONFIG_FILE = fileOf(...needed, 'KILN_SLOTS=3', 'KILN_PORT=1');
  const config = loadSupervisorConfig({ KILN_CONFIG_FILE, KILN_SLOTS: '5', KILN_PORT: '' });
  expect(config).toMatchObject({ slots: 5, port: 1 });
});

it('takes a secret of the environment in either form instead of the one in the file', () => {
  const KILN_CONFIG_FILE = fileOf(...needed);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'other\n');
  const config = loadSupervisorConfig({ KILN_CONFIG_FILE, KILN_WORKER_TOKEN_FILE: tokenFile });
  expect(config.workerToken).toBe('other');
});

it('warns about a name in the file that it does not know', () => {
  const { warnings } = loadSupervisorConfig({ KILN_CONFIG_FILE: fileOf(...needed, 'KILN_SLOT=3') });
  expect(warnings).toEqual(['KILN_SLOT is not a variable that Kiln knows.']);
});

it.each([
  [['KILN_HOST=a', 's3cret words'], 'KILN_CONFIG_FILE line 2: expected NAME=value'],
  [['KILN_HOST=a', 'KILN_HOST=b'], 'KILN_CONFIG_FILE line 2: KILN_HOST is there a second time'],
])('refuses %j and names the line, not what it says', (lines, message) => {
  const load = (): unknown => loadSupervisorConfig({ KILN_CONFIG_FILE: fileOf(...lines) });
  expect(load).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  expect(load).toThrow(message);
  expect(load).not.toThrow('s3cret');
});

it('says which file cannot be read', () => {
  const load = (): unknown => loadSupervisorConfig({ KILN_CONFIG_FILE: join(folder, 'absent') });
  expect(load).toThrow(`the file ${join(folder, 'absent')} cannot be read`);
});
