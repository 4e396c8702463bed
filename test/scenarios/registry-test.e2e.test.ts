import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RegistryTest } from '../../src/contracts/registry-tests.js';
import { makeCertificates, type TestCertificates } from '../support/certificates.js';
import { PASSWORD, startPrivateRegistries, type PrivateRegistries } from '../support/private-registries.js';
import { freePort } from '../support/real-registry.js';
import { startKiln, type TestKiln } from './kiln.js';

const ENTRY = fileURLToPath(new URL('../../bin/kiln.cjs', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-registry-test-e2e-'));
let registries: PrivateRegistries;
let stranger: TestCertificates;
let kiln: TestKiln;

beforeAll(async () => {
  registries = await startPrivateRegistries(folder);
  stranger = makeCertificates(['IP:127.0.0.1']);
  kiln = await startKiln({
    KILN_ALLOWED_NETWORKS: '127.0.0.0/8',
    KILN_REGISTRY_CA_DIR: registries.authorities,
  });
}, 600_000);
afterAll(async () => {
  await kiln?.stop();
  await registries?.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(stranger.folder, { recursive: true, force: true });
}, 60_000);

/** Runs `kiln registry test` in a project of its own that has this credential; gives the steps and the exit code. */
async function walk(
  registry: string,
  credential?: { readonly username: string; readonly value: string },
): Promise<RegistryTest & { readonly code: number; readonly failed: RegistryTest['steps'][number] | null }> {
  const project = `walk-${Math.random().toString(36).slice(2)}`;
  await kiln.json('POST', '/v1/projects', { slug: project });
  const [host] = registry.split('/');
  if (credential !== undefined)
    await kiln.json('PUT', `/v1/credentials/registry/${host}?project=${project}`, credential);
  const env = { ...process.env, KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token };
  const argv = [ENTRY, 'registry', 'test', registry, '--project', project, '--json'];
  const ran = await promisify(execFile)(process.execPath, argv, { env }).catch(
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
  if (ran.stdout === '') throw new Error(ran.stderr);
  const result = JSON.parse(ran.stdout) as RegistryTest;
  const failed = result.steps.find(({ status }) => status === 'failed') ?? null;
  return { ...result, code: 'code' in ran ? ran.code : 0, failed };
}

const writer = { username: 'writer', value: PASSWORD };

test.each(['basic', 'token', 'tls'] as const)(
  'a registry behind %s is all right for who may',
  async (kind) => {
    const { code, ok, steps } = await walk(`${registries[kind].host}/private/base`, writer);
    const told = Object.fromEntries(steps.map(({ step, message }) => [step, message]));
    expect([code, ok, steps.filter(({ status }) => status === 'failed')]).toEqual([0, true, []]);
    expect(told['credentials']).toBe('are accepted');
    expect(told['push']).toContain('allowed');
  },
  60_000,
);

test.each(['basic', 'token', 'tls'] as const)(
  'a wrong password for %s is told',
  async (kind) => {
    const { code, failed } = await walk(registries[kind].host, {
      username: 'writer',
      value: 'wrong-password',
    });
    expect([code, failed?.step]).toEqual([1, 'credentials']);
    expect(failed?.message).toContain('401');
    expect(failed?.remedy).toContain(`kiln credentials set registry ${registries[kind].host}`);
  },
  60_000,
);

test('no credential is told', async () => {
  const { code, failed } = await walk(`${registries.basic.host}/private/base`);
  expect([code, failed?.step, failed?.message]).toEqual([
    1,
    'credentials',
    'asks for credentials and none are stored for it',
  ]);
  expect(failed?.remedy).toContain(`kiln credentials set registry ${registries.basic.host}`);
  const anonymous = await walk(`${registries.token.host}/private/base`);
  expect(anonymous.failed).toMatchObject({
    step: 'pull',
    remedy: expect.stringContaining(`kiln credentials set registry ${registries.token.host}`),
  });
}, 60_000);

test('a credential that may only read fails at the push, in words', async () => {
  const reader = { username: 'reader', value: PASSWORD };
  const { code, failed, steps } = await walk(`${registries.token.host}/private/base`, reader);
  expect([code, failed?.step]).toEqual([1, 'push']);
  expect(steps.find(({ step }) => step === 'pull')?.status).toBe('ok');
  expect(failed?.remedy).toContain('may not push');
}, 60_000);

test('a host that does not exist, and a port where nobody listens', async () => {
  const unknown = await walk('registry.invalid/team/app');
  expect(unknown.failed).toMatchObject({ step: 'name', remedy: expect.stringContaining('DNS') });
  const refused = await walk(`127.0.0.1:${await freePort()}`);
  expect(refused.failed).toMatchObject({
    step: 'connection',
    message: 'failed (ECONNREFUSED)',
    remedy: expect.stringContaining('that it runs'),
  });
}, 60_000);

test('a certificate of an authority that is not known here', async () => {
  const { host } = registries.tls;
  writeFileSync(path.join(registries.authorities, `${host}.pem`), stranger.authority);
  kiln.kill('api');
  await untilUp();
  const { failed } = await walk(host, writer);
  writeFileSync(path.join(registries.authorities, `${host}.pem`), registries.certificates.authority);
  expect(failed).toMatchObject({ step: 'tls', remedy: expect.stringContaining('KILN_REGISTRY_CA_DIR') });
  expect(failed?.remedy).toContain(`${host}.pem`);
}, 60_000);

test('plain HTTP where TLS is expected, and the other way round', async () => {
  const plain = registries.basic.host;
  writeFileSync(path.join(registries.authorities, `${plain}.pem`), registries.certificates.authority);
  const secured = path.join(registries.authorities, `${registries.tls.host}.pem`);
  await rm(secured);
  kiln.kill('api');
  await untilUp();
  const [expectedTls, expectedPlain] = [await walk(plain, writer), await walk(registries.tls.host, writer)];
  await rm(path.join(registries.authorities, `${plain}.pem`));
  expect(expectedTls.failed).toMatchObject({
    step: 'tls',
    remedy: expect.stringContaining('KILN_INSECURE_REGISTRIES'),
  });
  expect(expectedPlain.failed).toMatchObject({
    step: 'api',
    remedy: expect.stringContaining('KILN_REGISTRY_CA_DIR'),
  });
}, 60_000);

test('a host in a private network that the operator has not permitted', async () => {
  const { code, failed } = await walk('10.11.12.13:5000/team/app', writer);
  expect([code, failed?.step]).toEqual([1, 'name']);
  expect(failed?.message).toContain('a private network');
  expect(failed?.remedy).toContain('KILN_ALLOWED_NETWORKS');
}, 60_000);

/** Resolves when the api that `kiln up` starts again answers, which reads the folder of authorities anew. */
async function untilUp(): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const answer = await kiln.call('GET', '/readyz').catch(() => null);
    if (answer?.ok === true) return;
  }
  throw new Error('the api did not come back');
}
