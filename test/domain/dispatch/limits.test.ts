import { blockingLimit, UNLIMITED } from '../../../src/domain/dispatch/limits.js';

const build = { tenantId: 't', projectId: 'p', method: 'buildx' };
const running = (over: Partial<typeof build & { count: number }>) => ({ ...build, count: 1, ...over });

test('without a policy nothing is limited', () => {
  expect(blockingLimit(build, UNLIMITED, [running({ count: 1_000 })])).toBeNull();
});

test.each([
  ['max_concurrent_builds', { maxConcurrentBuilds: 3 }, [running({ projectId: 'other', count: 3 })]],
  ['max_concurrent_per_project', { maxConcurrentPerProject: 2 }, [running({ method: 'kaniko', count: 2 })]],
  ['buildx_max_concurrent', { methodMaxConcurrent: { buildx: 1 } }, [running({ projectId: 'other' })]],
])('%s blocks when it is reached', (name, policy, rows) => {
  expect(blockingLimit(build, { ...UNLIMITED, ...policy }, rows)).toBe(name);
});

test('what other tenants, projects and methods run does not count', () => {
  const policy = {
    ...UNLIMITED,
    maxConcurrentBuilds: 2,
    maxConcurrentPerProject: 1,
    methodMaxConcurrent: { buildx: 1 },
  };
  const rows = [running({ tenantId: 'other', count: 9 }), running({ projectId: 'other', method: 'kaniko' })];
  expect(blockingLimit(build, policy, rows)).toBeNull();
});

test('a limit of zero stops everything', () => {
  expect(blockingLimit(build, { ...UNLIMITED, maxConcurrentBuilds: 0 }, [])).toBe('max_concurrent_builds');
});
