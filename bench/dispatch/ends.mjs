import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 20;
/** No machine is so busy that none of the builds ends for so long. */
const STALL_MS = 120_000;

/** One look for all builds that are waited for, so that waiting costs the machine next to nothing. Who waits hears it when none ends any more. */
export function watchEnds(query, { stallMs = STALL_MS } = {}) {
  const waiting = new Map();
  const isOver = new AbortController();
  let lastMs = Date.now();
  const refuse = (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const look = async () => {
    const rows = await query(
      `SELECT b.id, b.status, r.failure_reason FROM builds b JOIN build_results r ON r.build_id = b.id
       WHERE b.id = ANY($1) AND b.completed_at IS NOT NULL`,
      [[...waiting.keys()]],
    );
    for (const { id, status, failure_reason: reason } of rows) {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (status === 'success') resolve(id);
      else reject(new Error(`The build ${id} ended as ${status}: ${reason}`));
    }
    if (rows.length > 0) lastMs = Date.now();
    else if (Date.now() - lastMs > stallMs) refuse(await stalled(query, stallMs, [...waiting.keys()]));
  };
  const watch = async () => {
    while (!isOver.signal.aborted) {
      await sleep(LOOK_MS);
      if (waiting.size === 0) lastMs = Date.now();
      else await look().catch(refuse);
    }
  };
  const watching = watch();
  return {
    of: (buildId) => new Promise((resolve, reject) => waiting.set(buildId, { resolve, reject })),
    stop: () => {
      isOver.abort();
      return watching;
    },
  };
}

/** Why the measurement is given up: what the builds wait for, and what to do. */
async function stalled(query, stallMs, buildIds) {
  const rows = await query(
    `SELECT b.status, a.ended_reason, count(*)::int FROM builds b LEFT JOIN attempts a ON a.build_id = b.id
     WHERE b.id = ANY($1) GROUP BY 1, 2 ORDER BY 3 DESC`,
    [buildIds],
  );
  const states = rows.map((row) => `${row.count} ${row.status}, attempt ${row.ended_reason ?? 'open'}`);
  return new Error(
    `None of ${buildIds.length} builds has ended for ${stallMs / 1000} s (${states.join('; ')}). Measure again when the machine has less to do; ` +
      'where that does not help, dispatch is stuck: `npm run drill` finds out where.',
  );
}
