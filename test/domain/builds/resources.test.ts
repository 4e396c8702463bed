import { expect, test } from 'vitest';
import { grantedResources } from '../../../src/domain/builds/resources.js';
import { BUILT_IN_LIMITS, effectiveLimits } from '../../../src/domain/limits/effective-limits.js';

const GIB = 1024 ** 3;

test('a build that asks for nothing gets what its limits give, and the network of the host', () => {
  expect(grantedResources({}, BUILT_IN_LIMITS)).toEqual({
    memory_bytes: 1024 * GIB,
    cpu_milli: 1_024_000,
    pids: 16_384,
    network: 'default',
  });
});

test('what was asked for is given, but never more than the limits of the day: a retry may have lower ones', () => {
  const asked = { memory_bytes: 4 * GIB, cpu_milli: 500, pids: 100, network: 'none' } as const;
  expect(grantedResources(asked, BUILT_IN_LIMITS)).toEqual(asked);
  const lower = effectiveLimits({ tenant: { memory_max_bytes: GIB, max_pids: 50 } });
  expect(grantedResources(asked, lower)).toEqual({ ...asked, memory_bytes: GIB, pids: 50 });
});
