import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { askHelper } from '../../../src/adapters/credential-helpers/ask-helper.js';
import { vaultWithHelpers, withHelpers } from '../../../src/adapters/credential-helpers/with-helpers.js';
import { parseCredentialHelper } from '../../../src/domain/network/credential-helper.js';
import type { ControlPlane, LeaseAuth } from '../../../src/ports/control-plane.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-helper-'));
const env = { PATH: `${folder}:${process.env['PATH']}` };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program `docker-credential-NAME` that notes how it was called. */
function aHelper(name: string, body: string): { called: () => string } {
  const file = path.join(folder, `docker-credential-${name}`);
  const note = path.join(folder, `${name}.note`);
  writeFileSync(file, `#!/bin/sh\nprintf '%s|' "$@" > ${note}\ncat >> ${note}\n${body}\n`);
  chmodSync(file, 0o755);
  return { called: () => readFileSync(note, 'utf8') };
}

test('a helper is asked for one host, on its standard input, and gives user and secret', async () => {
  const helper = aHelper('good', `echo '{"ServerURL":"r","Username":"u","Secret":"s3cret"}'`);
  expect(await askHelper({ name: 'good', host: 'r.test:5000' }, { env })).toEqual({
    host: 'r.test:5000',
    username: 'u',
    password: 's3cret',
  });
  expect(helper.called()).toBe('get|r.test:5000');
  await askHelper({ name: 'good', host: 'docker.io' }, { env });
  expect(helper.called()).toBe('get|https://index.docker.io/v1/');
});

test('a helper that knows nothing of the host gives nothing', async () => {
  aHelper('empty', `echo 'credentials not found in native keychain'; exit 1`);
  expect(await askHelper({ name: 'empty', host: 'r.test' }, { env })).toBeNull();
});

test.each([
  ['fails', `echo 's3cret'; exit 3`, /docker-credential-fails ended with 3/],
  ['babbles', `echo 's3cret'`, /gave no user and secret/],
  ['token', `echo '{"Username":"<token>","Secret":"s3cret"}'`, /identity token/],
  ['hangs', `exec sleep 20`, /after its time/],
])('a helper that %s is refused, and what it said is not repeated', async (name, body, reason) => {
  aHelper(name, body);
  const refused = await askHelper({ name, host: 'r.test' }, { env, timeoutMs: 300 }).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: 'registry_denied', message: expect.stringMatching(reason) });
  expect(JSON.stringify(refused) + String(refused)).not.toContain('s3cret');
});

test('a helper that is not there is refused by its name', async () => {
  await expect(askHelper({ name: 'absent', host: 'r.test' })).rejects.toMatchObject({
    code: 'registry_denied',
    message: expect.stringContaining('docker-credential-absent cannot be started'),
  });
});

const HELPERS = [{ host: 'helped.test', name: 'h' }];
const ask = ({ host, name }: { host: string; name: string }) =>
  Promise.resolve({ host, username: name, password: 'of-helper' });
const STORED = { host: 'helped.test', username: 'stored', password: 'of-kiln' };

test('a run gets what a helper has for its own registries, where Kiln holds nothing itself', async () => {
  let registries = [STORED];
  const api = withHelpers<Pick<ControlPlane, 'fetchSecrets'>>(
    { fetchSecrets: () => Promise.resolve({ secrets: [], git: null, registries }) },
    HELPERS,
    ask,
  );
  const wanted = { names: [], gitHost: null, registryHosts: ['HELPED.test:443', 'other.test'] };
  const fetched = async () => (await api.fetchSecrets({} as LeaseAuth, wanted)).registries;
  expect(await fetched()).toEqual([STORED]);
  registries = [];
  expect(await fetched()).toEqual([{ host: 'helped.test', username: 'h', password: 'of-helper' }]);
});

test('a tag is moved with what a helper has, where Kiln holds nothing itself', async () => {
  const vault = (known: typeof STORED | null) =>
    vaultWithHelpers({ registryCredential: () => Promise.resolve(known) }, HELPERS, ask);
  expect(await vault(STORED).registryCredential('t', 'p', 'helped.test')).toEqual(STORED);
  expect(await vault(null).registryCredential('t', 'p', 'helped.test')).toMatchObject({ username: 'h' });
  expect(await vault(null).registryCredential('t', 'p', 'other.test')).toBeNull();
});

test.each(['r.test=../../bin/sh', 'r.test=a b', 'r.test=-x', '=x', 'r.test', 'r.test=A', 'http://r=x'])(
  'the setting %j is no helper',
  (text) => {
    expect(parseCredentialHelper(text)).toBeNull();
  },
);
