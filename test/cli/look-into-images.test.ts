import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Client } from '../../src/cli/client.js';
import { lookUntilComparable, waitUntilComparable } from '../../src/cli/image-reference.js';
import { IMAGE_DETAIL } from '../../src/contracts/examples/images.js';
import type { ImageDetail } from '../../src/contracts/images.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PENDING: ImageDetail = {
  ...IMAGE_DETAIL,
  exploration: {
    ...IMAGE_DETAIL.exploration,
    ...{ state: 'pending', requested_at: '2026-11-30T10:00:00.000Z', ended_at: null },
  },
};

/** A Kiln that answers each call after the time that it may take. */
function kilnWith(answer: (waitedSeconds: number) => ImageDetail): Client & { waited: () => number } {
  let waited = 0;
  const call = (_: unknown, { query }: { query: { wait_seconds: string } }) => {
    waited += Number(query.wait_seconds);
    vi.setSystemTime(Date.now() + Number(query.wait_seconds) * 1000);
    return Promise.resolve(answer(waited));
  };
  return { call, waited: () => waited } as unknown as Client & { waited: () => number };
}

test('a comparison goes on without what takes longer than two minutes, and says that it waits', async () => {
  const kiln = kilnWith(() => PENDING);
  const told: string[] = [];
  const image = await lookUntilComparable(kiln, PENDING, (line) => void told.push(line));
  expect(image.exploration.state).toBe('pending');
  expect(kiln.waited()).toBe(120);
  expect(told).toHaveLength(2);
});

test('it takes both as soon as they are known', async () => {
  const sbomPending: ImageDetail = { ...IMAGE_DETAIL, sbom: { ...IMAGE_DETAIL.sbom, state: 'pending' } };
  const kiln = kilnWith((seconds) => (seconds < 30 ? PENDING : seconds < 90 ? sbomPending : IMAGE_DETAIL));
  expect(await lookUntilComparable(kiln, PENDING, () => undefined)).toBe(IMAGE_DETAIL);
  expect(kiln.waited()).toBe(90);
});

test('who asks to wait is told when the layers take longer than that', async () => {
  const wait = waitUntilComparable(
    kilnWith(() => PENDING),
    PENDING,
    { timeoutSeconds: 40, tell: () => undefined },
  );
  await expect(wait).rejects.toMatchObject({ code: 'unavailable' });
});
