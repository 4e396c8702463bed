import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';
import { measureClaims } from './dispatch/claims.mjs';
import { usedMs, usedPerBuild } from './dispatch/cpu.mjs';
import { openFloors } from './dispatch/floors.mjs';
import { openSite } from './dispatch/kiln-site.mjs';
import { bytesPerBuild, measureMemory, WARM_UP_BUILDS } from './dispatch/memory.mjs';
import { ACTIVITIES_OF_A_BUILD, buildsPerSecond } from './dispatch/noop-builds.mjs';
import { NOOP_METHOD, openNoopHost } from './dispatch/noop-host.mjs';
import { printDispatch } from './dispatch/print.mjs';
import { pushNoopImage } from './dispatch/noop-image.mjs';
import { startsFromQueue, startsWhenIdle } from './dispatch/slots.mjs';
import { partOptions } from './part-options.mjs';
import { percentile } from './timing.mjs';

const PARTS = ['throughput', 'start', 'claims', 'queue', 'memory'];
const AT_ONCE = 16;
const QUEUED = 10_000;
const FULL = { rounds: 3, builds: 150, starts: 25, queueStarts: 80, claims: 1000, memoryBuilds: 2000 };
const QUICK = { rounds: 1, builds: 60, starts: 10, queueStarts: 30, claims: 400, memoryBuilds: 0 };

export const USAGE = `npm run bench -- dispatch [--quick] [--json] [--part ${PARTS.join('|')}]...
  what dispatch and records of a build cost over what Temporal takes for itself
  --quick  under three minutes, without the memory of 2,000 builds
  --part   only this part; may be repeated
  --json   one line`;

/** What dispatch and records of a build cost over what Temporal takes for itself, on the same servers in the same run. */
export async function measure(args, closing) {
  const options = partOptions(args, PARTS);
  const size = options.quick ? QUICK : FULL;
  await ensureDependencies();
  await ensureBuilt();
  const site = await openSite({ slots: AT_ONCE }, closing);
  const floors = await closing.open(
    () => openFloors(site.temporal),
    (opened) => opened.close(),
  );
  const image = await pushNoopImage(site);
  await closing.open(
    () => openNoopHost({ site, slots: AT_ONCE, image }),
    (host) => host.close(),
  );
  const parts = {
    throughput: () => throughput(site, floors, size),
    start: () => idleStart(site, floors, size),
    claims: () => claims(site, size),
    queue: () => slotToStart(site, floors, size),
    memory: () => memory(site, size),
  };
  const figures = {};
  for (const part of options.part) Object.assign(figures, await parts[part]());
  if (options.json) console.log(JSON.stringify(figures));
  else printDispatch(figures);
}

/** Both in turn, the first round of each only to warm up. */
async function throughput(site, floors, { rounds, builds }) {
  const [floor, noop] = [[], []];
  let [used, usedByFloor] = [{}, {}];
  for (let round = 0; round <= rounds; round += 1) {
    const times = round === 0 ? AT_ONCE * 2 : builds;
    const load = { activities: ACTIVITIES_OF_A_BUILD, atOnce: AT_ONCE };
    const atFirst = usedMs(site.pids());
    const ceiling = await floors.throughput({ workflows: times * 2, ...load });
    const before = usedMs(site.pids());
    const reached = await buildsPerSecond(site, { builds: times, atOnce: AT_ONCE });
    if (round > 0) {
      used = usedPerBuild(before, usedMs(site.pids()), times);
      usedByFloor = usedPerBuild(atFirst, before, times * 2);
      floor.push(ceiling);
      noop.push(reached);
    }
  }
  const [ceiling, reached] = [floor, noop].map((values) => percentile(values, 50));
  return {
    noop_builds_per_s: rounded(reached),
    ceiling_per_s: rounded(ceiling),
    ceiling_ratio: rounded(reached / ceiling),
    noop_cpu_ms: used,
    ceiling_cpu_ms: usedByFloor,
  };
}

async function idleStart(site, floors, { starts }) {
  const floor = [];
  const began = [];
  await floors.start();
  await startsWhenIdle(site, { project: 'idle', rounds: 1 });
  for (let round = 0; round < starts; round += 1) {
    floor.push(await floors.start());
    began.push(...(await startsWhenIdle(site, { project: 'idle', rounds: 1 })));
  }
  const median = (name) =>
    percentile(
      began.map((one) => one[name]),
      50,
    );
  const floorMs = percentile(floor, 50);
  return {
    idle_start_ratio: rounded(median('builder_ms') / floorMs),
    idle_floor_ms: rounded(floorMs),
    idle_granted_ms: rounded(median('granted_ms')),
    idle_taken_up_ms: rounded(median('taken_up_ms')),
    idle_builder_ms: rounded(median('builder_ms')),
  };
}

async function claims(site, size) {
  const { claim_at_10_us: few, claim_at_10000_us: many, jain_index: jain } = await measureClaims(site, size);
  return {
    claim_cost_ratio: rounded(many.median / few.median),
    claim_at_10_us: few.median,
    claim_at_10000_us: many.median,
    jain_index: rounded(jain, 4),
  };
}

async function slotToStart(site, floors, { queueStarts }) {
  const floor = [];
  for (let round = 0; round <= queueStarts; round += 1) {
    const tookMs = await floors.signal(() => sleep(100));
    if (round > 0) floor.push(tookMs);
  }
  const load = { project: 'idle', builds: queueStarts + 1, queued: QUEUED };
  const began = await startsFromQueue(site, floors.milestones, load);
  const of = (name, share) =>
    percentile(
      began.map((one) => one[name]),
      share,
    );
  const [p50, p99] = [50, 99].map((share) => percentile(floor, share));
  return {
    slot_to_start_p50_ratio: rounded(of('started_ms', 50) / p50),
    slot_to_start_p99_ratio: rounded(of('started_ms', 99) / p99),
    signal_floor_p50_ms: rounded(p50),
    signal_floor_p99_ms: rounded(p99),
    slot_granted_p50_ms: rounded(of('granted_ms', 50)),
    slot_signalled_p50_ms: rounded(of('signalled_ms', 50)),
    slot_woken_p50_ms: rounded(of('woken_ms', 50)),
    slot_scheduled_p50_ms: rounded(of('scheduled_ms', 50)),
    slot_started_p50_ms: rounded(of('started_ms', 50)),
    slot_started_p99_ms: rounded(of('started_ms', 99)),
    slot_taken_up_p50_ms: rounded(of('taken_up_ms', 50)),
  };
}

/** Builds by the no-op host for who records them, then some by the stub engine for who runs them, each of which takes a second of a processor. */
async function memory(site, { memoryBuilds }) {
  if (memoryBuilds === 0) return {};
  const load = { every: 100, atOnce: AT_ONCE / 2 };
  const of = [
    { builds: memoryBuilds, method: NOOP_METHOD, processes: ['api', 'controller'] },
    { builds: memoryBuilds / 2, method: 'buildx', processes: ['supervisor', 'worker'] },
  ];
  const points = [];
  const [heap, resident] = [{}, {}];
  for (const one of of) {
    const made = await measureMemory(site, { ...load, ...one });
    points.push(...made.filter(({ builds }) => builds % WARM_UP_BUILDS === 0));
    Object.assign(heap, bytesPerBuild(made, 'heap'));
    Object.assign(resident, bytesPerBuild(made, 'resident'));
  }
  return { memory_points: points, heap_per_build: heap, resident_per_build: resident };
}

function rounded(value, digits = 2) {
  return Number(value.toFixed(digits));
}
