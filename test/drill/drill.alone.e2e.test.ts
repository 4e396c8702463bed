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
const LEASE_TTL_MS = 5_000;
const [BUILDS, KILLS, SEED] = [200, 25, 1];

const scratch = mkdtempSync(join(tmpdir(), 'kiln-drill-'));
afterAll(() => rm(scratch, { recursive: true, force: true }));

test('builds keep every promise while parts of their Kiln are killed, hosts are lost and a zombie goes on', async () => {
  const { violations, evidence, faults, leftOut, times } = await drill({
    ...{ root: ROOT, scratch, atOnce: 16, leaseTtlMs: LEASE_TTL_MS, sabotage: [] },
    orders: drawOrders(BUILDS, SEED, { real: true }),
    plan: drawPlan({ kills: KILLS, seed: SEED, hosts: 2, zombieMs: 2 * LEASE_TTL_MS }),
    ...{ endTimeoutMs: 600_000, restTimeoutMs: 120_000, say: () => undefined },
  });
  console.log('a lost build ran elsewhere, a killed stack went on (ms):', times);

  expect(violations).toEqual([]);
  expect(evidence.builds.length).toBeGreaterThanOrEqual(BUILDS);
  expect(faults.filter(({ fault }) => fault.act === 'kill')).toHaveLength(KILLS);
  expect(leftOut).toEqual([]);
  expect(times.lostBuilds).toBeGreaterThan(0);
}, 1_200_000);
