import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditDeps, startAudit } from '../../src/controller/audit.js';
import type { BuildStart, Ending } from '../../src/ports/dispatch.js';

const open = (buildId: string): BuildStart => ({
  buildId,
  tenantId: 't',
  projectId: 'p',
  project: 'shop',
  method: 'buildx',
  buildNumber: 1,
  firstBuildId: null,
});

type States = Record<string, 'open' | 'closed' | 'missing'>;

/** Runs one round and gives what was done and what was counted. Nothing is out of order unless said. */
async function auditOnce(given: {
  readonly states?: States;
  readonly listed?: readonly string[];
  readonly audit?: Partial<AuditDeps['audit']>;
}): Promise<{ done: string[]; counted: string[] }> {
  const done: string[] = [];
  const counted: string[] = [];
  const audit = startAudit({
    audit: {
      openBuilds: async () => [],
      uncleanBuilds: async () => [],
      withoutRow: async () => ({ ended: [], unknown: [] }),
      ownerlessLeases: async () => [],
      recountSlots: async () => [],
      ...given.audit,
    },
    recorder: {
      record: async (buildId: string, _lease: unknown, ending: Ending) => {
        done.push(`record ${buildId} ${ending.kind}`);
        return { status: 'failed' };
      },
    },
    dispatcher: { release: async ({ leaseId }) => void done.push(`release ${leaseId}`) },
    workflows: {
      openBuilds: async () => new Set(given.listed ?? []),
      state: async (buildId) => {
        done.push(`ask ${buildId}`);
        return given.states?.[buildId] ?? 'missing';
      },
      start: async ({ buildId }) => void done.push(`start ${buildId}`),
      signalLeaseGranted: async (buildId) => void done.push(`ring ${buildId}`),
      terminate: async (buildId) => void done.push(`terminate ${buildId}`),
    },
    cleanUp: async (buildId) => {
      done.push(`clean ${buildId}`);
      return buildId !== 'stuck';
    },
    log: { error: () => undefined },
    repaired: (of, what) => counted.push(`${of} ${what}`),
    everyMs: 60_000,
    cleanAfterMs: 1,
  });
  await sleep(10);
  await audit.stop();
  return { done, counted };
}

test('nothing is done, and nobody asked, where everything agrees', async () => {
  const listed = ['a', 'b'];
  const seen = await auditOnce({ listed, audit: { openBuilds: async () => listed.map(open) } });
  expect(seen).toEqual({ done: [], counted: [] });
});

test('a build without a workflow gets one, and one whose workflow ended is recorded', async () => {
  const { done, counted } = await auditOnce({
    states: { late: 'open', none: 'missing', over: 'closed' },
    audit: { openBuilds: async () => ['late', 'none', 'over'].map(open) },
  });
  expect(done.filter((what) => !what.startsWith('ask'))).toEqual(['start none', 'record over abandoned']);
  expect(counted).toEqual(['none started', 'over abandoned']);
});

test('a workflow whose build is over is told so, and one without a build is terminated', async () => {
  const { done, counted } = await auditOnce({
    listed: ['over', 'nobody', 'closed-meanwhile'],
    states: { over: 'open', nobody: 'open', 'closed-meanwhile': 'closed' },
    audit: { withoutRow: async () => ({ ended: ['over'], unknown: ['nobody', 'closed-meanwhile'] }) },
  });
  expect(done.filter((what) => !what.startsWith('ask'))).toEqual(['ring over', 'terminate nobody']);
  expect(counted).toEqual(['over rung', 'nobody terminated']);
});

test('a lease of a build that is over is given back, and slots that were counted wrong are counted again', async () => {
  const lease = { buildId: 'a', attempt: 1, leaseId: 'l', fence: 1 };
  const { done, counted } = await auditOnce({
    audit: { ownerlessLeases: async () => [lease], recountSlots: async () => ['host-1'] },
  });
  expect(done).toEqual(['release l']);
  expect(counted).toEqual(['a released', 'host-1 recounted']);
});

test('a build that left something is cleaned up after, and counted once that has worked', async () => {
  const { done, counted } = await auditOnce({ audit: { uncleanBuilds: async () => ['a', 'stuck'] } });
  expect(done).toEqual(['clean a', 'clean stuck']);
  expect(counted).toEqual(['a cleaned']);
});
