import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chooseRunImage, type Builder } from '../../../src/engines/paketo/builder-image.js';
import { orderFile } from '../../../src/engines/paketo/buildpack-order.js';
import { registryFault } from '../../../src/engines/paketo/fault.js';
import { keepCache, openCache } from '../../../src/engines/paketo/layer-cache.js';
import { holdLock } from '../../../src/engines/paketo/locks.js';
import type { LaunchOrder } from '../../../src/engines/paketo/order.js';
import { removeUnused } from '../../../src/engines/paketo/remove-unused.js';

const USER = { userId: process.getuid?.() ?? 0, groupId: process.getgid?.() ?? 0 };
const BUILDER: Builder = { ...USER, env: [], runImages: [['a.test/run', 'b.test/run'], ['c.test/run']] };
const IMAGE = `r.test/app-staging@sha256:${'0'.repeat(64)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-paketo-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function anOrder(id: string, cacheName: string | null = 'project'): LaunchOrder {
  const workFolder = join(folder, id);
  mkdirSync(workFolder);
  return { id, workFolder, storageFolder: join(folder, 'storage'), cacheName } as LaunchOrder;
}

test('layers of a build are there for the next one, which changes none of those that others see', async () => {
  const first = anOrder('one');
  const empty = await openCache(first, BUILDER);
  expect(empty).toMatchObject({ previousImage: null });
  writeFileSync(join(empty!.folder, 'committed/layer.tar'), 'bytes');
  await keepCache(first, BUILDER, empty!, IMAGE);
  const [second, third] = [anOrder('two'), anOrder('three')];
  const [mine, other] = [await openCache(second, BUILDER), await openCache(third, BUILDER)];
  expect(mine?.previousImage).toBe(IMAGE);
  rmSync(join(mine!.folder, 'committed/layer.tar'));
  writeFileSync(join(mine!.folder, 'committed/layer.tar'), 'changed');
  expect(readFileSync(join(other!.folder, 'committed/layer.tar'), 'utf8')).toBe('bytes');
  await keepCache(second, BUILDER, mine!, IMAGE);
  const last = await openCache(anOrder('four'), BUILDER);
  expect(readFileSync(join(last!.folder, 'committed/layer.tar'), 'utf8')).toBe('changed');
});

test('without a cache there is none', async () => {
  expect(await openCache(anOrder('one', null), BUILDER)).toBeNull();
});

test('what is unused for the longest goes first, until the rest is small enough; what somebody uses stays', async () => {
  for (const [index, name] of ['held', 'old', 'new'].entries()) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'bytes'), '10');
    utimesSync(join(folder, name), index + 1, index + 1);
  }
  const lock = await holdLock(join(folder, 'held.lock'), 'shared');
  await removeUnused(folder, 20);
  lock.release();
  expect(readdirSync(folder).filter((name) => !name.endsWith('.lock'))).toEqual(['held', 'new']);
});

test('buildpacks become one group with the versions that the builder has', () => {
  for (const place of ['a_one/1.0.0', 'b/1', 'b/2'])
    mkdirSync(join(folder, 'cnb/buildpacks', place), { recursive: true });
  expect(orderFile(['b@2', 'a/one'], folder)).toBe(
    [
      ...['[[order]]', '[[order.group]]', 'id = "b"', 'version = "2"'],
      ...['[[order.group]]', 'id = "a/one"', 'version = "1.0.0"', ''],
    ].join('\n'),
  );
  expect(() => orderFile(['b'], folder)).toThrow('write it as b@1 or b@2');
  expect(() => orderFile(['b@3'], folder)).toThrow('no buildpack b@3; it has 1, 2');
  expect(() => orderFile(['c'], folder)).toThrow('no buildpack c; it has a/one, b');
});

test('the run image is the copy on the own registry, else one on a registry that the build may reach', () => {
  expect(chooseRunImage(BUILDER, 'b.test', ['a.test', 'b.test'])).toBe('b.test/run');
  expect(chooseRunImage(BUILDER, 'own.test', ['own.test', 'c.test'])).toBe('c.test/run');
  expect(chooseRunImage(BUILDER, 'own.test', ['own.test'])).toBeNull();
  const hub = { ...BUILDER, runImages: [['index.docker.io/team/run']] };
  expect(chooseRunImage(hub, 'own.test', ['docker.io'])).toBe('index.docker.io/team/run');
  expect(chooseRunImage({ ...BUILDER, runImages: [['team/run']] }, 'own.test', ['index.docker.io'])).toBe(
    'team/run',
  );
});

test.each([
  ['MANIFEST_UNKNOWN: manifest unknown', 'base_image_missing'],
  ['UNAUTHORIZED: authentication required', 'registry_denied'],
  ['dial tcp: lookup r.test: no such host', 'registry_unreachable'],
  ['write: no space left on device', 'disk_full'],
])('what a registry answers (%s) is told as %s', (printed, code) => {
  expect(registryFault('r.test/builder', printed)).toMatchObject({ code });
});
