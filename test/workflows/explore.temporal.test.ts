import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExploreActivities } from '../../workflows/activity-types.js';
import { BuildHouse } from './build-house.js';
import { failure } from './fake-activities.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

const anImage = () => ({ tenantId: randomUUID(), projectId: 'p', digest: `sha256:${'a'.repeat(64)}` });

function anExplorer(
  explore: () => Promise<void>,
  inspect: () => Promise<void> = () => Promise.resolve(),
): ExploreActivities & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    exploreImage: async () => {
      calls.push('explore');
      await explore();
    },
    inspectImage: async () => {
      calls.push('inspect');
      await inspect();
    },
    inspectInUse: async ({ after }) => {
      calls.push(`in use after ${after}`);
      return { next: after === null ? 'first' : null };
    },
    giveUpInspecting: async ({ reason }) => void calls.push(`no inspection: ${reason}`),
    giveUpExploring: async ({ reason }) => void calls.push(`give up: ${reason}`),
  };
}

test('an image is explored once for all who ask meanwhile, and again for who asks later', async () => {
  const image = anImage();
  let explored = (): void => undefined;
  const explorer = anExplorer(() => new Promise((resolve) => (explored = resolve)));
  const run = await house.explore(explorer, image);
  while (explorer.calls.length === 0) await house.pause(20);
  await expect(house.explore(explorer, image)).rejects.toThrow(/already/i);
  explored();
  await run.result();
  expect(explorer.calls).toEqual(['explore', 'inspect']);
  await house.keepHistory(run, 'explored');

  const later = anExplorer(() => Promise.resolve());
  await (await house.explore(later, image)).result();
  expect(later.calls).toEqual(['explore', 'inspect']);
});

test('the layers of images that wait come before bills of materials', async () => {
  const run = await house.explore(
    anExplorer(() => Promise.resolve()),
    anImage(),
  );
  await run.result();
  const { events } = await run.handle.fetchHistory();
  const scheduled = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: it }) => it ?? []);
  expect(scheduled.map((it) => [it.activityType?.name, it.priority?.priorityKey || 3])).toEqual([
    ['exploreImage', 3],
    ['inspectImage', 4],
  ]);
});

test('an image that cannot be fetched is told so, and may be asked for again', async () => {
  const image = anImage();
  const explorer = anExplorer(() => {
    throw failure('registry_denied', 'The registry refused the credentials.');
  });
  const run = await house.explore(explorer, image);
  await expect(run.result()).rejects.toThrow();
  expect(explorer.calls).toEqual(['explore', 'give up: The registry refused the credentials.']);
  await house.keepHistory(run, 'not-explored');

  const again = anExplorer(() => Promise.resolve());
  await (await house.explore(again, image)).result();
  expect(again.calls).toEqual(['explore', 'inspect']);
});

test('an image that was looked into but not inspected stays so, with the reason', async () => {
  const explorer = anExplorer(
    () => Promise.resolve(),
    () => {
      throw failure('registry_denied', 'The registry refused the credentials.');
    },
  );
  const run = await house.explore(explorer, anImage());
  await run.result();
  expect(explorer.calls).toEqual([
    'explore',
    'inspect',
    'no inspection: The registry refused the credentials.',
  ]);
  await house.keepHistory(run, 'not-inspected');
});

test('images in use are inspected some at a time, until there are no more', async () => {
  const explorer = anExplorer(() => Promise.resolve());
  const run = await house.inspection(explorer);
  await run.result();
  expect(explorer.calls).toEqual(['in use after null', 'in use after first']);
  await house.keepHistory(run, 'inspection');
});
