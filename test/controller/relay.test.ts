import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRelay } from '../../src/controller/relay.js';
import type { BuildWorkflows } from '../../src/ports/build-workflows.js';
import type { OutboxMessage } from '../../src/ports/dispatch.js';

const messages: OutboxMessage[] = [
  {
    kind: 'start_build',
    buildId: 'a',
    tenantId: 't',
    projectId: 'p',
    project: 'shop',
    method: 'buildx',
    buildNumber: 1,
    firstBuildId: null,
  },
  { kind: 'lease_granted', buildId: 'b' },
  { kind: 'cancel_build', buildId: 'c' },
  { kind: 'gate_decided', buildId: 'd', decision: 'rejected' },
  { kind: 'attest_build', buildId: 'd' },
  { kind: 'explore_image', buildId: 'd', tenantId: 't', projectId: 'p', digest: 'sha256:d' },
];

test('each kind of message reaches the workflow it is for', async () => {
  const told: string[] = [];
  const workflows: BuildWorkflows = {
    start: async ({ buildId }) => void told.push(`start ${buildId}`),
    signalLeaseGranted: async (buildId) => void told.push(`granted ${buildId}`),
    signalDecision: async (buildId, decision) => void told.push(`${decision} ${buildId}`),
    signalCancel: async (buildId) => void told.push(`cancel ${buildId}`),
    attest: async (buildId) => void told.push(`attest ${buildId}`),
    explore: async ({ digest }) => void told.push(`explore ${digest}`),
    state: async () => 'open',
    openBuilds: async () => new Set(),
    terminate: async () => undefined,
    ping: async () => undefined,
  };
  const waiting = [...messages];
  const relay = startRelay({
    outbox: {
      relay: async (_limit, send) => {
        const batch = waiting.splice(0);
        for (const message of batch) await send(message);
        return { sent: batch.length, nextLookMs: 60_000 };
      },
    },
    feed: {
      onBuildChange: () => () => undefined,
      onOutbox: () => () => undefined,
      onPool: () => () => undefined,
      onQueue: () => () => undefined,
      close: async () => undefined,
    } as never,
    workflows,
    log: { error: () => undefined },
  });
  await sleep(10);
  await relay.stop();
  expect(told).toEqual(['start a', 'granted b', 'cancel c', 'rejected d', 'attest d', 'explore sha256:d']);
});
