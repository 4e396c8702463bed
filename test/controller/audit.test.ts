import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAudit } from '../../src/controller/audit.js';
import type { BuildWorkflows } from '../../src/ports/build-workflows.js';
import type { Ending, BuildStart, Recorder } from '../../src/ports/dispatch.js';

const open = (buildId: string): BuildStart => ({
  buildId,
  tenantId: 't',
  projectId: 'p',
  project: 'shop',
  method: 'buildx',
  buildNumber: 1,
  firstBuildId: null,
});

test('a build without a workflow gets one, one whose workflow ended is recorded, one that left something is cleaned up after', async () => {
  const states: Record<string, 'open' | 'closed' | 'missing'> = { a: 'open', b: 'missing', c: 'closed' };
  const told: string[] = [];
  const recorder = {
    record: async (buildId: string, _lease: null, ending: Ending) => {
      told.push(`record ${buildId} ${ending.kind}`);
      return { status: 'failed' };
    },
  } as unknown as Recorder;
  const workflows = {
    state: async (buildId: string) => states[buildId],
    start: async ({ buildId }: BuildStart) => void told.push(`start ${buildId}`),
  } as unknown as BuildWorkflows;
  const repaired: string[] = [];

  const audit = startAudit({
    audit: { openBuilds: async () => ['a', 'b', 'c'].map(open), uncleanBuilds: async () => ['d', 'e'] },
    recorder,
    workflows,
    cleanUp: async (buildId) => {
      told.push(`clean ${buildId}`);
      return buildId === 'd';
    },
    log: { error: () => undefined },
    repaired: (buildId, what) => repaired.push(`${buildId} ${what}`),
    everyMs: 60_000,
    cleanAfterMs: 1,
  });
  await sleep(20);
  await audit.stop();

  expect(told).toEqual(['start b', 'record c abandoned', 'clean d', 'clean e']);
  expect(repaired).toEqual(['b started', 'c abandoned', 'd cleaned']);
});
