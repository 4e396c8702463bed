import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';
import { inFlight } from './dispatch/in-flight.mjs';
import { openSite } from './dispatch/kiln-site.mjs';
import { residentMb } from './dispatch/memory.mjs';
import { printDispatch } from './dispatch/print.mjs';
import { partOptions } from './part-options.mjs';
import { percentile } from './timing.mjs';
import { aPush, aSkippedPush, changedPush, REPOSITORY } from './webhooks/deliveries.mjs';
import { sendAll, sendUntilKept } from './webhooks/send.mjs';

const PARTS = ['acks', 'kill', 'changed'];
const AT_ONCE = 32;
const SETTLE_MS = 600_000;
/** Longer than a round takes. */
const COALESCE_SECONDS = 20;
const FULL = { rounds: 5, deliveries: 1000, killed: 600, kills: 4, changed: 10_000 };
const QUICK = { rounds: 2, deliveries: 300, killed: 200, kills: 2, changed: 2000 };

export const USAGE = `npm run bench -- webhooks [--quick] [--json] [--part ${PARTS.join('|')}]...
  what it costs to keep and acknowledge a delivery over one durable insert, and what kills do to it
  --quick  fewer deliveries, kills and changed bodies
  --part   only this part; may be repeated
  --json   one line`;

/** How many deliveries a second are kept and acknowledged, over what bare Express and one insert reach; and what is lost or doubled by kills. */
export async function measure(args, closing) {
  const options = partOptions(args, PARTS);
  const size = options.quick ? QUICK : FULL;
  await ensureDependencies();
  await ensureBuilt();
  const site = await openSite({ slots: 1 }, closing);
  // Builds are accepted and stay in the queue: what a build costs is another measurement.
  await site.query(`UPDATE build_workers SET scheduling = 'cordoned'`);
  const webhook = await addWebhook(site, 'at-once', 0);
  const later = await addWebhook(site, 'later', COALESCE_SECONDS);
  const floor = await closing.open(
    () => openFloor(site),
    (opened) => opened.close(),
  );
  const parts = {
    acks: () => acks(site, { webhook, later, floor }, size),
    kill: () => kill(site, webhook, size),
    changed: () => changed(site, webhook, size),
  };
  const figures = {};
  for (const part of options.part) Object.assign(figures, await parts[part]());
  if (options.json) console.log(JSON.stringify(figures));
  else printDispatch(figures);
  if (figures.lost || figures.duplicates || figures.changed_5xx) process.exitCode = 1;
}

/** One whose builds are accepted at once, or when no newer push of the same branch has come for so long. */
async function addWebhook(site, name, coalesceSeconds) {
  const { webhook, secret } = await site.send('POST', '/v1/webhooks', {
    name,
    coalesce_seconds: coalesceSeconds,
    project: 'noop',
    provider: 'github',
    repository_url: REPOSITORY,
  });
  return { id: webhook.id, url: `${site.apiUrl}${webhook.url_path}`, secret };
}

/** In a process of its own, as the api is, and on the same server. */
async function openFloor({ query, server }) {
  await query('CREATE DATABASE webhook_floor');
  const program = fileURLToPath(new URL('webhooks/floor.mjs', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { user, password, host, port } = server;
  child.stdin.write(`postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/webhook_floor\n`);
  const [line] = await once(createInterface(child.stdout), 'line');
  const ended = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${line}/`,
    async close() {
      child.kill();
      await ended;
    },
  };
}

/** All in turn, the first round of each only to warm up. Builds that a round has asked for are accepted before the next. */
async function acks(site, { webhook, later, floor }, { rounds, deliveries }) {
  const side = (to, make) => ({ to, make, rates: [], times: [] });
  const sides = {
    kiln: side(later, aPush),
    building: side(webhook, aPush),
    skipped: side(webhook, aSkippedPush),
    floor: side({ ...webhook, url: floor.url }, aPush),
  };
  for (let round = 0; round <= rounds; round += 1) {
    for (const { to, make, rates, times } of Object.values(sides)) {
      const requests = Array.from({ length: deliveries }, () => make(to.secret));
      const { answers, perSecond } = await sendAll(to.url, requests, AT_ONCE);
      const other = answers.find(({ status }) => status < 200 || status > 299);
      if (other !== undefined) throw new Error(`A delivery was answered with ${other.status}.`);
      await settled(site);
      if (round === 0) continue;
      rates.push(perSecond);
      times.push(...answers.map(({ tookMs }) => tookMs));
    }
  }
  const rate = ({ rates }) => percentile(rates, 50);
  const over = (one) => rounded(rate(one) / rate(sides.floor));
  const took = ({ times }, share) => rounded(percentile(times, share));
  const { kiln, building, skipped } = sides;
  return {
    ...{ acks_per_s: rounded(rate(kiln)), floor_per_s: rounded(rate(sides.floor)), ratio: over(kiln) },
    ...{ p50_ms: took(kiln, 50), p99_ms: took(kiln, 99) },
    ...{ floor_p50_ms: took(sides.floor, 50), floor_p99_ms: took(sides.floor, 99) },
    ...{ building_per_s: rounded(rate(building)), building_ratio: over(building) },
    ...{ building_p50_ms: took(building, 50), building_p99_ms: took(building, 99) },
    ...{ skipped_per_s: rounded(rate(skipped)), skipped_ratio: over(skipped) },
  };
}

/** Kills api and controller in turn while deliveries come, each of which is repeated until it is acknowledged. */
async function kill(site, webhook, { killed, kills }) {
  const pushes = Array.from({ length: killed }, () => aPush(webhook.secret));
  let sent = 0;
  const killing = (async () => {
    for (let done = 0; done < kills; done += 1) {
      while (sent < (killed * (done + 1)) / (kills + 1)) await sleep(5);
      process.kill(site.pids()[done % 2 === 0 ? 'api' : 'controller'], 'SIGKILL');
    }
  })();
  await inFlight(killed, AT_ONCE, async (index) => {
    await sendUntilKept(webhook.url, pushes[index]);
    sent += 1;
  });
  await killing;
  await settled(site);
  const [{ kept, started, builds }] = await site.query(
    `SELECT count(d.id)::int AS kept, count(d.build_id)::int AS started, count(DISTINCT d.build_id)::int AS builds
     FROM unnest($1::text[]) AS sent(name) JOIN webhook_deliveries d ON d.delivery_id = sent.name AND d.webhook_config_id = $2`,
    [pushes.map(({ headers }) => headers['x-github-delivery']), webhook.id],
  );
  // A build that no delivery knows of would be one too many.
  const [{ orphans }] = await site.query(
    `SELECT count(*)::int AS orphans FROM build_triggers t WHERE t.trigger_type = 'webhook'
     AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.build_id = t.build_id)`,
  );
  return {
    killed_processes: kills,
    sent: killed,
    lost: killed - Math.min(kept, started),
    duplicates: kept - killed + (started - builds) + orphans,
  };
}

/** Requests that are signed, and are not what GitHub sends. What the api keeps of them shows in its memory. */
async function changed(site, webhook, { changed: times }) {
  const statuses = new Map();
  const batch = Math.ceil(times / 10);
  const memory = [];
  for (let done = 0; done < times; done += batch) {
    const requests = Array.from({ length: batch }, () => changedPush(webhook.secret));
    const { answers } = await sendAll(webhook.url, requests, AT_ONCE);
    for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    await settled(site);
    memory.push(residentMb(site.pids()).api);
  }
  const [first, last] = [memory[Math.floor(memory.length / 2)], memory.at(-1)];
  return {
    changed: times,
    changed_statuses: Object.fromEntries([...statuses].sort()),
    changed_5xx: [...statuses].reduce((sum, [status, count]) => sum + (status >= 500 ? count : 0), 0),
    changed_api_mb_second_half: rounded(last - first),
  };
}

/** Resolves when no delivery waits for its build any more. */
async function settled(site) {
  const untilMs = performance.now() + SETTLE_MS;
  for (;;) {
    const [{ pending }] = await site.query(
      `SELECT count(*)::int AS pending FROM webhook_deliveries WHERE delivery_status = 'pending'`,
    );
    if (pending === 0) return;
    if (performance.now() > untilMs) throw new Error(`${pending} deliveries have no build yet.`);
    await sleep(100);
  }
}

function rounded(value, digits = 2) {
  return Number(value.toFixed(digits));
}
