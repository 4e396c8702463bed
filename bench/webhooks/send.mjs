import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { inFlight } from '../dispatch/in-flight.mjs';

/** Sends all of them, `atOnce` at a time. Gives the answers, how long each took, and how many a second there were. */
export async function sendAll(url, deliveries, atOnce) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: atOnce });
  try {
    const startMs = performance.now();
    const answers = await inFlight(deliveries.length, atOnce, (index) =>
      send(pool, pathname, deliveries[index]),
    );
    return { answers, perSecond: deliveries.length / ((performance.now() - startMs) / 1000) };
  } finally {
    await pool.close();
  }
}

/** Sends one until it is acknowledged, as a git host does whose delivery is repeated. */
export async function sendUntilKept(url, delivery) {
  for (;;) {
    const answer = await fetch(url, { method: 'POST', ...delivery }).catch(() => null);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.ok) return;
    await sleep(200);
  }
}

async function send(pool, path, { headers, body }) {
  const startMs = performance.now();
  const answer = await pool.request({ method: 'POST', path, headers, body });
  await answer.body.dump();
  return { status: answer.statusCode, tookMs: performance.now() - startMs };
}
