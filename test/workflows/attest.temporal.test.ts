import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AttestActivities } from '../../workflows/activity-types.js';
import { BuildHouse } from './build-house.js';
import { failure } from './fake-activities.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

function anAttester(attest: () => Promise<void>): AttestActivities & { readonly calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    attestBuild: async () => {
      calls.push('attest');
      await attest();
    },
    giveUpAttesting: async ({ reason }) => void calls.push(`give up: ${reason}`),
  };
}

test('what a build has made is signed, and may be asked for again', async () => {
  const buildId = randomUUID();
  const attester = anAttester(() => Promise.resolve());
  const run = await house.attest(attester, buildId);
  await run.result();
  await house.keepHistory(run, 'attested');
  await (await house.attest(attester, buildId)).result();
  expect(attester.calls).toEqual(['attest', 'attest']);
});

test('what a registry refuses is told so', async () => {
  const attester = anAttester(() => {
    throw failure('registry_denied', 'The registry refused the credentials.');
  });
  const run = await house.attest(attester, randomUUID());
  await expect(run.result()).rejects.toThrow();
  expect(attester.calls).toEqual(['attest', 'give up: The registry refused the credentials.']);
  await house.keepHistory(run, 'not-attested');
});
