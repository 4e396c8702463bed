import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEvents } from './support/event-reader.js';
import { aRunningStep, aStep } from '../support/api-records.js';
import { aBuild, BUILD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const EVENTS = `/v1/builds/${BUILD_ID}/events`;

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

async function shownSteps(count: number): Promise<void> {
  while (api.data.buildReads < count) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

it('shows everything first, then only what changed, and ends with the terminal status', async () => {
  api.data.steps = [aRunningStep(1, 'RUN make'), aStep(2, 'RUN make', { status: 'pending' })];
  const reading = readEvents(await api.send(EVENTS));
  await shownSteps(2);
  api.data.steps = [aStep(1, 'RUN make'), aStep(2, 'RUN make', { status: 'pending' })];
  api.data.ring();
  await shownSteps(3);
  api.data.ring();
  await shownSteps(4);
  api.data.builds.set(BUILD_ID, aBuild({ status: 'failed' }));
  api.data.ring();
  const events = (await reading).map(({ event, data }) => {
    const { status, step_number } = data as { status: string; step_number?: number };
    return [event, step_number, status].filter((part) => part !== undefined).join(' ');
  });
  expect(events).toEqual([
    'build queued',
    'step 1 running',
    'step 2 pending',
    'step 1 success',
    'build failed',
    'end failed',
  ]);
});

it('ends at once for a build that is over', async () => {
  api.data.builds.set(BUILD_ID, aBuild({ status: 'success' }));
  const events = await readEvents(await api.send(EVENTS));
  expect(events.map(({ event }) => event)).toEqual(['build', 'end']);
});
