import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadRegistryConfig } from '../../../src/config.js';
import { checkRegistry } from '../../../src/embedded/verify/check-registry.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { snapshot } from '../../../src/storage/transact.js';
import { listImages } from '../../../src/storage/verify/stored-values.js';
import {
  aBuild,
  aDigest,
  anImage,
  anOutcome,
  aRunningBuild,
  emptyQueue,
  finish,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const RECORDED = anImage('one').manifestDigest;
const NEWER = aDigest('manifest two');

let db: FreshDatabase;
let server: Server;
let host: string;
let running: Awaited<ReturnType<typeof aRunningBuild>>;
/** What the registry serves, by tag or digest. */
const served = new Map<string, string>();
/** What it answers with an error. */
const failing = new Set<string>();

/** A registry, and a build that published `app:1` and `app:latest` to it. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    if (failing.has(name)) return void response.writeHead(400).end();
    const digest = served.get(name);
    const headers = {
      'content-type': 'application/vnd.oci.image.manifest.v1+json',
      'content-length': '2',
      ...(digest !== undefined && { 'docker-content-digest': digest }),
    };
    response.writeHead(digest === undefined ? 404 : 200, headers).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  db = await freshDatabase();
  running = await aRunningBuild(db, { destinations: [`${host}/app:1`, `${host}/app:latest`] });
  await finish(db, running.holder, anOutcome({ image: anImage('one') }));
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
});
afterAll(async () => {
  server.close();
  await db.close();
});
beforeEach(async () => {
  await emptyQueue(db);
  for (const name of [RECORDED, '1', 'latest']) served.set(name, RECORDED);
});

const openBuildOf = (tag: string) =>
  aBuild(db, running.tenant, running.project.id, { destinations: [`${host}/app:${tag}`] });
const check = (
  settings: Record<string, string> = { KILN_REGISTRY: host, KILN_INSECURE_REGISTRIES: host },
) => {
  const config = loadRegistryConfig(settings);
  const place = { config, keyringFile: '/nonexistent' };
  return checkRegistry(place, db.controller, () => snapshot(db.controller, listImages));
};

test('a tag with another image is no fault while a build that moves it is not over, and is counted', async () => {
  served.set('latest', NEWER);
  await openBuildOf('latest');
  expect(await check()).toMatchObject({ wrong: 0, note: expect.stringContaining('; 1 tags with another') });
});

test('a tag with another image is a fault once every build that moves it is over', async () => {
  served.set('latest', NEWER);
  expect(await check()).toMatchObject({
    wrong: 1,
    examples: [`${host}/app:latest is ${NEWER}, recorded is ${RECORDED}`],
  });
});

test('an open build excuses no tag that it does not move, no tag that is gone, and no image that is gone', async () => {
  await openBuildOf('latest');
  served.set('1', NEWER);
  served.delete('latest');
  served.delete(RECORDED);
  const found = await check();
  expect(found.wrong).toBe(3);
  expect(found.examples).toEqual(
    expect.arrayContaining([expect.stringContaining('app:1 is'), `${host}/app:latest is absent`]),
  );
});

/** A build that failed after it had begun to move its tag, and the digest of its image. */
async function aFailedPush(tag: string) {
  const image = anImage(tag);
  const failed = await aRunningBuild(db, { destinations: [`${host}/app:${tag}`] });
  await createLeaseGate(db.api).putPublication(failed.holder, failed.lease.fence, {
    ...{ repository: `${host}/app`, manifestDigest: image.manifestDigest, status: 'copied', tryNumber: 1 },
    ...{ totalBlobs: 0, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 0 },
    ...{ totalBytes: 0, sparedBytes: 0, sentBytes: 0, waitingReason: null },
  });
  await finish(db, failed.holder, anOutcome({ image }));
  const recorder = createRecorder(db.controller);
  await expect(recorder.moveTags(failed.lease, () => Promise.reject(new Error('504')))).rejects.toThrow();
  const end = { kind: 'publish_failed', code: 'registry_denied', message: 'No.' } as const;
  await recorder.record(failed.build.id, failed.lease, end);
  return image.manifestDigest;
}

test('a tag that a build could not move and that serves its image is a fault, one that serves another is none', async () => {
  const digest = await aFailedPush('vain');
  expect(await check()).toMatchObject({ wrong: 0 });
  served.set('vain', NEWER);
  expect(await check()).toMatchObject({ wrong: 0 });

  served.set('vain', digest);
  expect(await check()).toMatchObject({
    wrong: 1,
    examples: [`${host}/app:vain is ${digest}, which no build has published there`],
  });
  served.delete('vain');
});

test('a registry that does not say what such a tag serves is no fault, and is told of', async () => {
  await aFailedPush('silent');
  failing.add('silent');
  expect(await check()).toMatchObject({
    wrong: 0,
    note: expect.stringMatching(/; 1 tags of builds that came to nothing are not known: .*app:silent/),
  });
  failing.clear();
});

test('images on a network that this command may not reach are not asked for, which is no fault of theirs', async () => {
  const { wrong, examples, note } = await check({});
  expect({ wrong, examples }).toEqual({ wrong: 0, examples: [] });
  expect(note).toMatch(/^0 images and tags asked for; \d+ not asked for: .*KILN_ALLOWED_NETWORKS\./);
});
