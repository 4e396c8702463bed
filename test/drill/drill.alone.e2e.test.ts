import { afterAll, expect, test } from 'vitest';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drill } from '../../drill/drill.js';
import { drawOrders } from '../../drill/orders.js';
import { drawPlan } from '../../drill/plan.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEASE_TTL_MS = 4_000;
const seed = 20;

const scratch = mkdtempSync(join(tmpdir(), 'kiln-drill-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

test('200 builds keep every promise while 25 times something of their Kiln is killed', async () => {
  const { violations, evidence, faults, times } = await drill({
    ...{ root: ROOT, scratch, atOnce: 16, leaseTtlMs: LEASE_TTL_MS, sabotage: [] },
    orders: drawOrders(200, seed, { real: false }),
    plan: drawPlan({ kills: 25, seed, hosts: 2, zombieMs: 2 * LEASE_TTL_MS }),
    ...{ endTimeoutMs: 60_000, restTimeoutMs: 40_000, say: () => undefined },
  });

  expect(violations).toEqual([]);
  expect(evidence.builds.length).toBeGreaterThanOrEqual(200);
  expect(faults.filter(({ fault }) => fault.act === 'kill')).toHaveLength(25);
  expect(times.lostBuilds).toBeGreaterThan(0);
  expect(times.lostWorkerToRunningP95Ms).toBeLessThan(15_000);
  expect(times.stackResumedMs).toBeLessThan(30_000);
}, 300_000);
