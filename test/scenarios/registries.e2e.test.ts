import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Build } from '../../src/contracts/builds.js';
import { PASSWORD, startPrivateRegistries, type PrivateRegistries } from '../support/private-registries.js';
import { freePort, startRegistry, type RealRegistry } from '../support/real-registry.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-registries-e2e-'));
let registries: PrivateRegistries;
let cache: RealRegistry | undefined;
let kiln: TestKiln;

beforeAll(async () => {
  registries = await startPrivateRegistries(folder);
  cache = await startRegistry({ proxyOf: registries.open.host });
  const nobody = `127.0.0.1:${await freePort()}`;
  kiln = await startKiln({
    KILN_ALLOWED_NETWORKS: '127.0.0.0/8',
    KILN_REGISTRY_CA_DIR: registries.authorities,
    KILN_REGISTRY_MIRRORS: `docker.io=${cache.host},${registries.open.host}=${nobody}`,
  });
}, 600_000);
afterAll(async () => {
  await kiln?.stop();
  cache?.stop();
  await registries?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function build(project: string, dockerfile: string): Promise<Build> {
  const { id } = await kiln.json<Build>('POST', `/v1/projects/${project}/builds`, {
    method: 'buildx',
    source: { kind: 'inline' },
    options: { dockerfile_inline: dockerfile },
  });
  return kiln.until(id, (one) => hasEnded(one) && one.log_complete);
}

const storeCredential = (project: string, host: string, value: string): Promise<unknown> =>
  kiln.json('PUT', `/v1/credentials/registry/${host}?project=${project}`, { username: 'writer', value });

/** Resolves once no lease is held any more; a build's lease goes right after its record. */
async function allReleased(): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const held = await kiln.query(`SELECT id FROM leases WHERE state IN ('granted', 'active')`);
    if (held.length === 0) return;
    await sleep(100);
  }
  throw new Error('a lease is still held');
}

describe.each(['basic', 'token', 'tls'] as const)('a base image behind %s', (kind) => {
  const dockerfile = (): string => `FROM ${registries[kind].host}/private/base:1\nRUN echo made > /made\n`;
  beforeAll(() => kiln.json('POST', '/v1/projects', { slug: kind }));

  test('without a credential the build says which host wants one and how to store it', async () => {
    const { status, result } = await build(kind, dockerfile());
    expect([status, result.failure_code, result.failure_stage]).toEqual([
      'failed',
      'registry_denied',
      'build',
    ]);
    expect(result.failure_reason).toContain(registries[kind].host);
    expect(result.failure_reason).toContain(`kiln credentials set registry ${registries[kind].host}`);
    await allReleased();
  }, 120_000);

  test('with a wrong password it says so and nothing stays behind', async () => {
    await storeCredential(kind, registries[kind].host, 'wrong-password-1177');
    const { id, status, result } = await build(kind, dockerfile());
    expect([status, result.failure_code, result.failure_reason]).toEqual([
      'failed',
      'registry_denied',
      expect.any(String),
    ]);
    expect(result.failure_reason).toContain(registries[kind].host);
    expect(result.failure_reason).toContain(`kiln credentials set registry ${registries[kind].host}`);
    expect(await kiln.log(id)).not.toContain('wrong-password-1177');
    await allReleased();
  }, 120_000);

  test('with the right one it is built upon, and pushed to two registries that confirm the digest', async () => {
    const destinations = [`${registries.basic.host}/team/${kind}:1`, `${registries.tls.host}/team/${kind}:1`];
    await kiln.json('PATCH', `/v1/projects/${kind}`, { destinations });
    const hosts = [registries[kind], registries.basic, registries.tls].map(({ host }) => host);
    for (const host of new Set(hosts)) await storeCredential(kind, host, PASSWORD);
    const { id, status, error_message: error, result } = await build(kind, dockerfile());
    expect([status, error]).toEqual(['success', null]);
    for (const destination of destinations) {
      const head = await registries.registry.head(destination.replace(/:1$/, ''), '1');
      expect(head?.digest).toBe(result.output_image_digest);
    }
    expect(await kiln.log(id)).not.toContain(PASSWORD);
    await allReleased();
  }, 120_000);

  test('a wrong password for a destination fails the publication, and names the host', async () => {
    const other = kind === 'tls' ? registries.basic.host : registries.tls.host;
    await storeCredential(kind, other, 'wrong-password-1177');
    const { status, result } = await build(kind, `${dockerfile()}RUN echo ${kind}\n`);
    expect([status, result.failure_code, result.failure_stage]).toEqual([
      'failed',
      'registry_denied',
      'push',
    ]);
    expect(result.failure_reason).toContain(other);
    await allReleased();
  }, 120_000);
});

test('base images come through the mirror of a registry that has one', async () => {
  await kiln.json('POST', '/v1/projects', { slug: 'mirrored' });
  const built = await build('mirrored', 'FROM kiln-base:1\nRUN echo mirrored > /made\n');
  expect([built.status, built.error_message]).toEqual(['success', null]);
}, 120_000);

test('where a mirror does not answer, the registry itself does', async () => {
  const built = await build(
    'mirrored',
    `FROM ${registries.open.host}/library/kiln-base:1\nRUN echo itself\n`,
  );
  expect([built.status, built.error_message]).toEqual(['success', null]);
}, 120_000);
