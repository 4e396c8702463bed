import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadRegistryConfig } from '../../../src/config.js';
import { checkRegistry } from '../../../src/embedded/verify/check-registry.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { inSnapshot } from '../../../src/storage/verify/check.js';
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

/** A registry, and a build that published `app:1` and `app:latest` to it. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const digest = served.get(request.url?.split('/').at(-1) ?? '');
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
  return checkRegistry(place, db.controller, () => inSnapshot(db.controller, listImages));
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

test('images on a network that this command may not reach are not asked for, which is no fault of theirs', async () => {
  const { wrong, examples, note } = await check({});
  expect({ wrong, examples }).toEqual({ wrong: 0, examples: [] });
  expect(note).toMatch(/^0 images and tags asked for; \d+ not asked for: .*KILN_ALLOWED_NETWORKS\./);
});
