import { expect, test } from 'vitest';
import type { RunOutcome } from '../../src/domain/builds/outcome.js';
import { hideValuesOfBases } from '../../src/main/hide-values-of-bases.js';
import type { LeaseGate, LeaseHolder, LogSeal } from '../../src/ports/dispatch.js';
import { aFailure, anImage, anOutcome } from '../support/builds.js';

const HOLDER = { tenantId: 'a-tenant', buildId: 'a-build', attempt: 1 } as LeaseHolder;
const SEAL = {} as LogSeal;

/** What is stored of an outcome, and for which images values were asked. */
async function stored(outcome: RunOutcome, values: readonly string[]) {
  const kept: RunOutcome[] = [];
  const asked: unknown[] = [];
  const gate = {
    finish: (...[, , one]: Parameters<LeaseGate['finish']>) => Promise.resolve(void kept.push(one)),
  };
  const leases = hideValuesOfBases(gate as LeaseGate, (...of) => {
    asked.push(of);
    return Promise.resolve(values);
  });
  await leases.finish(HOLDER, 7, outcome, SEAL);
  return { outcome: kept[0]!, asked };
}

test('what a build of the base was given is not stored with the history of the image', async () => {
  const image = anImage('stands-on-a-base');
  const [base, own] = image.layers;
  const layers = [{ ...base!, createdBy: 'RUN login tok-98765 # buildkit' }, own!];
  const used = `sha256:${'b'.repeat(64)}`;
  const materials = {
    images: [
      { reference: 'registry.example.com/base:1', digest: used },
      { reference: 'registry.example.com/unseen:1', digest: null },
    ],
    files: [],
  };
  const { outcome, asked } = await stored(
    anOutcome({ image: { ...image, layers, envVars: ['LOGIN=tok-98765', 'A=abc'] }, materials }),
    ['tok-98765', 'abc'],
  );
  expect(asked).toEqual([['a-tenant', [image.manifestDigest, used]]]);
  expect(outcome.image).toMatchObject({
    envVars: ['LOGIN=***', 'A=abc'],
    layers: [{ createdBy: 'RUN login *** # buildkit' }, own],
  });
});

test('an outcome without an image is stored as it is, and nobody is asked', async () => {
  const failure = aFailure();
  const { outcome, asked } = await stored(failure, ['tok-98765']);
  expect(outcome).toBe(failure);
  expect(asked).toEqual([]);
});

test('an outcome whose values cannot be found out is not stored', async () => {
  const kept: unknown[] = [];
  const gate = { finish: () => Promise.resolve(void kept.push(1)) };
  const leases = hideValuesOfBases(gate as unknown as LeaseGate, () => Promise.reject(new Error('away')));
  await expect(leases.finish(HOLDER, 7, anOutcome(), SEAL)).rejects.toThrow('away');
  expect(kept).toEqual([]);
});
